using Bitmask.Keys.Discovery;
using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Keys;

/// <summary>What the user does with keys. Each act is dated in the history of the address.</summary>
public sealed partial class KeyManager
{
    /// <summary>Takes in a certificate that the user hands in for an address, by default as compared by the user; it replaces any other.</summary>
    /// <exception cref="KeyVersionException">What is stored of this address was written by a newer program.</exception>
    public Task<KeyLookup> ImportAsync(
        OpenPgpCertificate certificate, EmailAddress address, ValidationLevel level = ValidationLevel.Fingerprint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        var asked = KeyAddress.Normalize(address);
        _answers.Forget(asked);
        return PutAsync(certificate, asked, level, KeySource.Import, cancellationToken);
    }

    /// <summary>Why an address has the key it has.</summary>
    /// <exception cref="KeyVersionException">What is stored of this address was written by a newer program.</exception>
    public KeyExplanation Explain(EmailAddress address)
    {
        var asked = KeyAddress.Normalize(address);
        return _store.Read(reader =>
        {
            var known = ReadKnown(reader, asked);
            var key = known is null ? null : KeyDocuments.FindKey(reader, known.Fingerprint, isPrivate: false);
            var hasSecret = known is not null && KeyDocuments.FindKey(reader, known.Fingerprint, isPrivate: true) is not null;
            var peer = KeyDocuments.FindPeer(reader, asked);
            return new KeyExplanation
            {
                Address = asked,
                InUse = key is null ? null : Entry(key, known!.Active, hasSecret ? [key.Fingerprint] : []),
                State = known?.Certificate?.StateAt(_clock.GetUtcNow()),
                Binds = known?.Binds ?? false,
                History = peer?.History ?? [],
                Candidates = peer?.Candidates ?? [],
                Distrusted = peer?.Distrusted ?? [],
                Release = peer?.Release,
                Autocrypt = peer?.Autocrypt,
            };
        });
    }

    /// <summary>The user compared the fingerprint: the key in use, or one that was shown, is the address's from now on, whatever the rules say.</summary>
    /// <param name="address">Whose key.</param>
    /// <param name="compared">The fingerprint in hex, or the text of a QR code that holds it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="KeyActException">That is no fingerprint, or no key with it is here.</exception>
    public async Task<KeyLookup> ConfirmAsync(EmailAddress address, string compared, CancellationToken cancellationToken = default)
    {
        var asked = KeyAddress.Normalize(address);
        var fingerprint = FingerprintText.Parse(compared) ?? throw new KeyActException("bad-fingerprint", "That is no fingerprint: it has 40 or 64 hex digits, or is the text of a QR code that begins with openpgp4fpr:.");
        _answers.Forget(asked);
        return await _store.WriteAsync(
            transaction =>
            {
                var known = ReadKnown(transaction, asked);
                var peer = KeyDocuments.FindPeer(transaction, asked);
                var certificate = known?.Fingerprint == fingerprint ? known.Certificate
                    : peer?.Candidate(fingerprint) is { } candidate ? OpenPgpCertificate.Parse(Convert.FromBase64String(candidate.KeyData), OwnDocuments)
                    : KeyDocuments.FindKey(transaction, fingerprint, isPrivate: false) is { } kept && kept.Uids.Contains(asked.Canonical) ? ReadCertificate(kept) : null;
                return certificate is null
                    ? throw new KeyActException("unknown-key", known is null
                        ? "No key with this fingerprint is known for the address. Look for it first, or import it."
                        : $"This is not the fingerprint of a key that is known for the address; the one in use is {known.Fingerprint}. If the person told you another, somebody may be in between.")
                    : Put(transaction, certificate, asked, ValidationLevel.Fingerprint, KeySource.Import);
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// The user does not want a key for an address: it is not encrypted to, nothing it signed counts, and it does not come back. Mail waits until there is
    /// another key, or the address is released.
    /// </summary>
    /// <exception cref="KeyActException">There is no key in use, or it is the own one.</exception>
    public Task DistrustAsync(EmailAddress address, Fingerprint? fingerprint = null, CancellationToken cancellationToken = default)
    {
        var asked = NotOwn(address);
        return _store.WriteAsync(
            transaction =>
            {
                var active = KeyDocuments.FindActive(transaction, asked, isPrivate: false);
                var meant = fingerprint ?? (active is null ? throw NoKey() : new Fingerprint(active.Fingerprint));
                if (active?.Fingerprint == meant.Value)
                {
                    KeyDocuments.DeleteActive(transaction, asked);
                }

                Change(transaction, asked, peer => peer.Distrusting(meant, Whole(_clock.GetUtcNow())), "distrusted", meant);
            },
            cancellationToken);
    }

    /// <summary>Mail to the address leaves in clear from now on, or is bound to encryption again.</summary>
    /// <exception cref="KeyActException">It is the own address.</exception>
    public Task ReleaseAsync(EmailAddress address, bool isReleased, CancellationToken cancellationToken = default)
    {
        var asked = NotOwn(address);
        return _store.WriteAsync(
            transaction => Change(transaction, asked, peer => peer with { Release = new EncryptionRelease(isReleased, Whole(_clock.GetUtcNow())) }, isReleased ? "released" : "bound", null),
            cancellationToken);
    }

    /// <summary>Forgets the key in use for an address and all that were shown for it, as if none had ever been known.</summary>
    /// <exception cref="KeyActException">There is none, or it is the own one.</exception>
    public Task DeleteAsync(EmailAddress address, CancellationToken cancellationToken = default)
    {
        var asked = NotOwn(address);
        return _store.WriteAsync(
            transaction =>
            {
                var active = KeyDocuments.FindActive(transaction, asked, isPrivate: false) ?? throw NoKey();
                var fingerprint = new Fingerprint(active.Fingerprint);
                KeyDocuments.DeleteActive(transaction, asked);
                if (!KeyDocuments.Actives(transaction, isPrivate: false).Any(other => other.Fingerprint == active.Fingerprint))
                {
                    KeyDocuments.DeleteKey(transaction, fingerprint);
                }

                Change(transaction, asked, peer => peer with { Candidates = [], Autocrypt = null }, "deleted", fingerprint);
            },
            cancellationToken);
    }

    /// <summary>Asks everybody who may know for news of an address's key, whatever is here; null when nobody has one or nobody could be asked.</summary>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public async Task<KeyLookup> RefreshAsync(EmailAddress address, CancellationToken cancellationToken = default)
    {
        var asked = NotOwn(address);
        _answers.Forget(asked);
        return await _discovery.AskAsync(asked, LookupScope.Everywhere, cancellationToken).ConfigureAwait(false) switch
        {
            DiscoveryAnswer.Found offer => await PutAsync(offer.Certificate, asked, offer.Level, offer.Source, cancellationToken).ConfigureAwait(false),
            DiscoveryAnswer.Failed failed => new KeyLookup.Failed(failed.Reason, failed.IsTransient),
            _ => new KeyLookup.NotFound(),
        };
    }

    private static KeyActException NoKey() => new("unknown-key", "There is no key in use for the address.");

    private EmailAddress NotOwn(EmailAddress address)
    {
        var asked = KeyAddress.Normalize(address);
        _answers.Forget(asked);
        return asked.Equals(OwnAddress) ? throw new KeyActException("own-key", "That is the account's own key.") : asked;
    }

    private void Change(StoreTransaction transaction, EmailAddress address, Func<PeerDocument, PeerDocument> change, string act, Fingerprint? fingerprint)
    {
        var peer = KeyDocuments.FindPeer(transaction, address) ?? PeerDocument.Of(address);
        _documents.Put(transaction, change(peer).With(new KeyEvent { Act = act, At = Whole(_clock.GetUtcNow()), Fingerprint = fingerprint?.Value, Source = "User" }));
    }
}
