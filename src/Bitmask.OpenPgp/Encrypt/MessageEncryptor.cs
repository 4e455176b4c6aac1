using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp;

/// <summary>Encrypts without signing: what a provider does at arrival.</summary>
public static class MessageEncryptor
{
    private const int SessionKeyOctets = 32;

    /// <summary>
    /// Encrypts to every valid encryption key of every certificate: AES-256, integrity protected (RFC 9580 §5.13.1), not compressed.
    /// </summary>
    /// <exception cref="UnusableKeyException">A certificate has no key to encrypt to at that time; nothing is encrypted to the others either.</exception>
    /// <exception cref="ArgumentException">No certificate at all.</exception>
    public static byte[] Encrypt(ReadOnlySpan<byte> data, IReadOnlyList<OpenPgpCertificate> to, DateTimeOffset now, bool armor = true)
    {
        using var before = new OctetWriter();
        WriteLiteralHeader(before, data.Length);
        return Encrypt(before.Written, data, [], to, now, armor);
    }

    /// <summary>Writes all of a literal data packet that stands before its data (RFC 9580 §5.9): binary, no name, no date.</summary>
    internal static void WriteLiteralHeader(OctetWriter writer, int dataOctets)
        => writer.Header(PacketTag.Literal, checked(6 + dataOctets)).Octet('b').Octet(0).UInt32(0);

    /// <summary>Encrypts whole packets, given in three pieces.</summary>
    internal static byte[] Encrypt(
        ReadOnlySpan<byte> before, ReadOnlySpan<byte> data, ReadOnlySpan<byte> after, IReadOnlyList<OpenPgpCertificate> to, DateTimeOffset now, bool armor)
    {
        var keys = RecipientKeys(to, now);
        using var message = new OctetWriter(checked((keys.Count * 560) + before.Length + data.Length + after.Length + 64));
        Span<byte> sessionKey = stackalloc byte[SessionKeyOctets];
        RandomNumberGenerator.Fill(sessionKey);
        try
        {
            foreach (var key in keys)
            {
                SessionKeyPacket.Write(message, key, Cipher.Aes256, sessionKey);
            }

            IntegrityProtectedData.Write(message, sessionKey, before, data, after);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sessionKey);
        }

        return armor ? Armor.Encode(Armor.Message, message.Written) : message.ToArray();
    }

    private static List<PublicKeyPacket> RecipientKeys(IReadOnlyList<OpenPgpCertificate> to, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(to);
        if (to.Count == 0)
        {
            throw new ArgumentException("There is nobody to encrypt to.", nameof(to));
        }

        var keys = new List<PublicKeyPacket>();
        foreach (var certificate in to)
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
