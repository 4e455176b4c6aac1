using Bitmask.OpenPgp.Keys;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>From certificates to the keys that a session key is encrypted to.</summary>
internal static class Recipients
{
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
