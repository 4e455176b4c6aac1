using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>Writes symmetrically encrypted, integrity protected data (RFC 9580 §5.13.1, version 1).</summary>
internal static class IntegrityProtectedData
{
    public const int Version = 1;
    public const int BlockOctets = 16;
    public const int PrefixOctets = BlockOctets + 2;
    public const int MdcOctets = 22;

    /// <summary>Encrypts the three pieces as one plaintext; they are given apart so that large data is copied only once.</summary>
    public static void Write(OctetWriter message, ReadOnlySpan<byte> sessionKey, ReadOnlySpan<byte> before, ReadOnlySpan<byte> data, ReadOnlySpan<byte> after)
    {
        var plain = new byte[checked(PrefixOctets + before.Length + data.Length + after.Length + MdcOctets)];
        RandomNumberGenerator.Fill(plain.AsSpan(0, BlockOctets));
        plain.AsSpan(BlockOctets - 2, 2).CopyTo(plain.AsSpan(BlockOctets));
        before.CopyTo(plain.AsSpan(PrefixOctets));
        data.CopyTo(plain.AsSpan(PrefixOctets + before.Length));
        after.CopyTo(plain.AsSpan(PrefixOctets + before.Length + data.Length));
        var mdc = plain.AsSpan(plain.Length - MdcOctets);
        (mdc[0], mdc[1]) = (0xD3, 0x14);
        // The code is SHA-1 by definition; it is encrypted, and only second preimages matter (RFC 9580 §5.13.1).
#pragma warning disable CA5350
        SHA1.HashData(plain.AsSpan(0, plain.Length - 20), mdc[2..]);
#pragma warning restore CA5350

        var cipherText = EncryptCfb(sessionKey, plain);
        CryptographicOperations.ZeroMemory(plain);
        message.Header(PacketTag.IntegrityProtected, checked(1 + cipherText.Length)).Octet(Version).Octets(cipherText);
    }

    // The platform's CFB takes whole blocks only; the rest of the last one is done by hand.
    private static byte[] EncryptCfb(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plain)
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        var cipherText = new byte[plain.Length];
        var whole = plain.Length & ~(BlockOctets - 1);
        aes.EncryptCfb(plain[..whole], new byte[BlockOctets], cipherText.AsSpan(0, whole), PaddingMode.None, feedbackSizeInBits: 128);
        var last = new byte[BlockOctets];
        aes.EncryptEcb(cipherText.AsSpan(whole - BlockOctets, BlockOctets), last, PaddingMode.None);
        for (var i = whole; i < plain.Length; i++)
        {
            cipherText[i] = (byte)(plain[i] ^ last[i - whole]);
        }

        return cipherText;
    }
}
