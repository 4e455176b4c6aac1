using Bitmask.OpenPgp.Keys;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>From certificates to the keys that a session key is encrypted to.</summary>
internal static class Recipients
{
    // Features (RFC 9580 §5.2.3.32): integrity protected data of version 2.
    private const byte ReadsAead = 0x08;

    /// <summary>Whether the owner's programs read integrity protected data of version 2, as his key says.</summary>
    public static bool ReadAead(OpenPgpCertificate certificate, DateTimeOffset now)
    {
        var says = certificate.Content.SelfSignaturesAt(now).Find(signature => signature.Says.Features is not null);
        return says is not null && (says.Says.Features & ReadsAead) != 0;
    }

    /// <summary>Every valid encryption key of every certificate.</summary>
    /// <exception cref="UnusableKeyException">One of them has none.</exception>
    public static List<PublicKeyPacket> KeysOf(IReadOnlyList<OpenPgpCertificate> certificates, DateTimeOffset now)
    {
        var keys = new List<PublicKeyPacket>();
        foreach (var certificate in certificates)
        {
            var usable = certificate.EncryptionKeysAt(now);
            if (usable.Count == 0)
            {
                var state = certificate.StateAt(now);
                throw new UnusableKeyException(certificate.Fingerprint, state == CertificateState.Valid ? "it has no valid subkey to encrypt to" : $"it is {state}");
            }

            keys.AddRange(usable);
        }

        return keys.DistinctBy(key => key.Fingerprint).ToList();
    }
}
