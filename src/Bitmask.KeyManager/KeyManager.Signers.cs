using Bitmask.Keys.Documents;
using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>Whose a signature may be. Each question looks at the keys it is about and at no others, however many are known.</summary>
public sealed partial class KeyManager
{
    /// <summary>The certificates that may have signed what comes from an address: the one in use and all earlier ones, that one first.</summary>
    public IReadOnlyList<OpenPgpCertificate> Signers(EmailAddress address)
    {
        var asked = KeyAddress.Normalize(address);
        return _store.Read(reader =>
        {
            var active = KeyDocuments.FindActive(reader, asked, isPrivate: false)?.Fingerprint;
            var peer = KeyDocuments.FindPeer(reader, asked);
            return KeyDocuments.Named(reader, asked.Canonical)
                .Where(key => peer?.Distrusts(new Fingerprint(key.Fingerprint)) != true)
                .OrderByDescending(key => key.Fingerprint == active)
                .Select(ReadCertificate).OfType<OpenPgpCertificate>()
                .Where(certificate => certificate.HasAddress(asked))
                .ToList();
        });
    }

    /// <summary>The certificates, of whatever address, that have a key of one of these ids: to tell a stranger's signature from one of somebody who is known.</summary>
    /// <param name="keyIds">16 upper-case hex digits each.</param>
    public IReadOnlyList<OpenPgpCertificate> Holders(IEnumerable<string> keyIds)
    {
        ArgumentNullException.ThrowIfNull(keyIds);
        return _store.Read(reader => keyIds.Distinct()
            .SelectMany(keyId => KeyDocuments.Named(reader, keyId))
            .DistinctBy(key => key.Fingerprint)
            .Select(ReadCertificate).OfType<OpenPgpCertificate>()
            .ToList());
    }

    /// <summary>What a verdict on a signature goes by: the key in use for the address it should be of, and the key it is by.</summary>
    /// <param name="address">The address in From; null when there is none.</param>
    /// <param name="signer">The key; null when it is not known.</param>
    public IReadOnlyList<KeyEntry> Entries(EmailAddress? address, Fingerprint? signer) => _store.Read(reader =>
    {
        var asked = address is null ? null : KeyAddress.Normalize(address);
        var active = asked is null ? null : KeyDocuments.FindActive(reader, asked, isPrivate: false);
        return new[] { active?.Fingerprint, signer?.Value }.OfType<string>().Distinct()
            .Select(fingerprint => KeyDocuments.FindKey(reader, new Fingerprint(fingerprint), isPrivate: false)).OfType<KeyDocument>()
            .Select(key => Entry(key, key.Fingerprint == active?.Fingerprint ? active : null, secret: []))
            .OfType<KeyEntry>().ToList();
    });
}
