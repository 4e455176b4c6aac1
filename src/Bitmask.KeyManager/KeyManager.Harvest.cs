using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Keys;

/// <summary>The keys that one mail showed.</summary>
/// <param name="From">Who it says it is from.</param>
/// <param name="Effective">The mail's date, or when it came, if that was earlier.</param>
/// <param name="IsAuthenticated">Whether a valid DKIM signature of the domain in From was on it when it arrived (security.md C8).</param>
/// <param name="Autocrypt">Its one valid Autocrypt header.</param>
/// <param name="Gossip">Keys of the other recipients, from within its encryption.</param>
/// <param name="Attached">Keys attached to it.</param>
public sealed record ShownKeys(
    EmailAddress From, DateTimeOffset Effective, bool IsAuthenticated, AutocryptHeader? Autocrypt, IReadOnlyList<AutocryptHeader> Gossip, IReadOnlyList<OpenPgpCertificate> Attached);

/// <summary>What mail tells about keys, and what Autocrypt makes of it.</summary>
public sealed partial class KeyManager
{
    private const string Unproved = "Nothing proves that the mail that showed it came from the address.";

    /// <summary>
    /// Notes the keys that a mail showed; part of the caller's transaction. A mail that is proved to come from its sender's domain brings a key in at the
    /// lowest level; any other, and whatever it says of third persons, brings candidates, which neither encrypt, nor verify, nor bind, until the user confirms one.
    /// </summary>
    public void Harvest(StoreTransaction transaction, ShownKeys shown)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        ArgumentNullException.ThrowIfNull(shown);
        var from = KeyAddress.Normalize(shown.From);
        if (from.Equals(OwnAddress))
        {
            return;
        }

        foreach (var attached in shown.Attached.Where(certificate => certificate.HasAddress(from)))
        {
            Show(transaction, from, attached, KeySource.Attachment, shown.IsAuthenticated);
        }

        if (shown.Autocrypt is { } header)
        {
            Show(transaction, from, header.Certificate, KeySource.Autocrypt, shown.IsAuthenticated);
        }

        var effective = Whole(shown.Effective);
        Note(transaction, from, peer => peer is null && shown.Autocrypt is null ? null
            : (peer ?? new AutocryptPeer()).After(effective, shown.Autocrypt?.Certificate.Fingerprint, shown.Autocrypt?.PrefersEncryption ?? false));
        foreach (var gossip in shown.Gossip)
        {
            var about = KeyAddress.Normalize(gossip.Address);
            if (!about.Equals(OwnAddress) && !about.Equals(from) && gossip.Certificate.HasAddress(about))
            {
                Show(transaction, about, gossip.Certificate, KeySource.Gossip, isAuthenticated: false);
                Note(transaction, about, peer => (peer ?? new AutocryptPeer()).AfterGossip(effective, gossip.Certificate.Fingerprint));
            }
        }
    }

    /// <summary>What Autocrypt says about encrypting to an address, and the key it would use; for the policy <em>as Autocrypt recommends</em> and for showing.</summary>
    /// <param name="address">The recipient.</param>
    /// <param name="prefersEncryption">The account's own preference.</param>
    /// <param name="answersEncrypted">The mail answers one that came encrypted.</param>
    public (AutocryptRecommendation Advice, OpenPgpCertificate? Certificate) Recommend(EmailAddress address, bool prefersEncryption, bool answersEncrypted)
    {
        var asked = KeyAddress.Normalize(address);
        return _store.Read(reader =>
        {
            var peer = KeyDocuments.FindPeer(reader, asked);
            var (own, gossip) = (Usable(peer?.Autocrypt?.PublicKey), Usable(peer?.Autocrypt?.GossipKey));
            return (AutocryptAdvice.For(peer?.Autocrypt, own is not null, gossip is not null, prefersEncryption, answersEncrypted), own ?? gossip);

            OpenPgpCertificate? Usable(string? fingerprint)
            {
                if (fingerprint is null || peer!.Distrusts(new Fingerprint(fingerprint)))
                {
                    return null;
                }

                var certificate = peer.Candidate(new Fingerprint(fingerprint)) is { } candidate ? OpenPgpCertificate.Parse(Convert.FromBase64String(candidate.KeyData), OwnDocuments)
                    : KeyDocuments.FindKey(reader, new Fingerprint(fingerprint), isPrivate: false) is { } kept && kept.Uids.Contains(asked.Canonical) ? ReadCertificate(kept) : null;
                return certificate?.CanEncryptAt(_clock.GetUtcNow()) == true ? certificate : null;
            }
        });
    }

    private void Show(StoreTransaction transaction, EmailAddress address, OpenPgpCertificate certificate, KeySource source, bool isAuthenticated)
    {
        if (!certificate.HasAddress(address))
        {
            return;
        }

        var active = KeyDocuments.FindActive(transaction, address, isPrivate: false);
        if (isAuthenticated || active?.Fingerprint == certificate.Fingerprint.Value)
        {
            // A copy of the key in use may bring a revocation or a new expiry, whoever sends it: its owner signed them.
            Put(transaction, certificate, address, ValidationLevel.WeakChain, source);
            return;
        }

        var peer = KeyDocuments.FindPeer(transaction, address) ?? PeerDocument.Of(address);
        if (!peer.Distrusts(certificate.Fingerprint))
        {
            Write(transaction, peer, peer.WithCandidate(certificate.Minimal(address), source, Whole(_clock.GetUtcNow()), Unproved));
        }
    }

    /// <summary>A later date alone is written once a day: each write is a document that every device fetches.</summary>
    private void Note(StoreTransaction transaction, EmailAddress address, Func<AutocryptPeer?, AutocryptPeer?> change)
    {
        var peer = KeyDocuments.FindPeer(transaction, address) ?? PeerDocument.Of(address);
        var after = change(peer.Autocrypt);
        var isOnlyLater = peer.Autocrypt is { } before && after is not null && after.LastSeen - before.LastSeen < TimeSpan.FromDays(1)
            && after with { LastSeen = before.LastSeen, Timestamp = before.Timestamp, GossipTimestamp = before.GossipTimestamp } == before;
        if (after is not null && after != peer.Autocrypt && !isOnlyLater)
        {
            Write(transaction, peer, peer with { Autocrypt = after });
        }
    }
}
