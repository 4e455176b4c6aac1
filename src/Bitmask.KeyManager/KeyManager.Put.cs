using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Keys;

/// <summary>How a key comes to be the one of an address; each time it is written down why.</summary>
public sealed partial class KeyManager
{
    private Task<KeyLookup> PutAsync(OpenPgpCertificate offered, EmailAddress address, ValidationLevel level, KeySource source, CancellationToken cancellationToken)
        => _store.WriteAsync(transaction => Put(transaction, offered, address, level, source), cancellationToken);

    private KeyLookup Put(StoreTransaction transaction, OpenPgpCertificate offered, EmailAddress address, ValidationLevel level, KeySource source)
    {
        var now = _clock.GetUtcNow();
        var known = ReadKnown(transaction, address);
        if (!offered.HasAddress(address))
        {
            return new KeyLookup.Rejected("The key offered does not carry the address.", known?.Fingerprint, offered.Fingerprint);
        }

        if (address.Equals(OwnAddress) && known?.Fingerprint != offered.Fingerprint)
        {
            return new KeyLookup.Rejected("The own key can not be replaced by one without its secret half.", known?.Fingerprint, offered.Fingerprint);
        }

        // 1. What is already known of this very key stays true: above all that it was revoked. Only what concerns this address is kept: that a
        // key is taken for one says nothing about the others it names.
        var stored = KeyDocuments.FindKey(transaction, offered.Fingerprint, isPrivate: false) is { } document ? ReadCertificate(document) : null;
        var minimal = offered.Minimal(address);
        var certificate = stored?.Merge(minimal) ?? minimal;
        var isSameKey = known?.Fingerprint == offered.Fingerprint;
        if (stored is not null)
        {
            _documents.Put(transaction, KeyDocument.From(certificate, null, now));
        }

        // 2. It must be of use, and wanted.
        if (!certificate.CanEncryptAt(now))
        {
            return new KeyLookup.Rejected($"The key offered {KnownKey.Fault(certificate, now)}.", known?.Fingerprint, offered.Fingerprint);
        }

        var peer = KeyDocuments.FindPeer(transaction, address) ?? PeerDocument.Of(address);
        if (level < ValidationLevel.Fingerprint && peer.Distrusts(offered.Fingerprint))
        {
            return new KeyLookup.Rejected("The user distrusts the key offered.", known?.Fingerprint, offered.Fingerprint);
        }

        // 3. It must be allowed to take the place of the one in use; if not, the conflict stays visible.
        var decision = KeyReplacement.Decide(known?.InUse, level, isSameKey, known?.Certificate is { } old && offered.IsCertifiedBy(old, now), now);
        if (!decision.IsAccepted)
        {
            var reason = $"Another key was offered than the known one {known!.Fingerprint} ({decision.Rule}).";
            Write(transaction, peer, peer.WithCandidate(minimal, source, Whole(now), reason));
            return new KeyLookup.Rejected(reason, known.Fingerprint, offered.Fingerprint);
        }

        var newLevel = isSameKey && known!.Active.Level > level ? known.Active.Level : level;
        _documents.Put(transaction, KeyDocument.From(certificate, null, now));
        _documents.Put(transaction, isSameKey ? known!.Active with { Validation = newLevel.Name() } : new ActiveDocument
        {
            Address = address.Canonical,
            Fingerprint = certificate.Fingerprint.Value,
            Private = false,
            Validation = newLevel.Name(),
        });
        var told = peer.WithoutCandidate(offered.Fingerprint).Trusting(offered.Fingerprint);
        if (!isSameKey || newLevel != known!.Active.Level)
        {
            told = told.With(new KeyEvent
            {
                Act = isSameKey ? "raised" : known is null ? "taken" : "replaced",
                At = Whole(now),
                Fingerprint = certificate.Fingerprint.Value,
                Validation = newLevel.Name(),
                Source = source.ToString(),
                Rule = decision.Rule,
                Replaced = isSameKey ? null : known?.Fingerprint.Value,
            });
        }

        Write(transaction, peer, told);
        return new KeyLookup.Found(certificate, newLevel, source);
    }

    private void Write(StoreTransaction transaction, PeerDocument before, PeerDocument after)
    {
        if (!ReferenceEquals(before, after))
        {
            _documents.Put(transaction, after);
        }
    }

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeSeconds(time.ToUnixTimeSeconds());
}
