using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>Decrypts integrity protected data (RFC 9580 §5.13.1, version 1) as a whole; nothing comes out before the code at its end holds.</summary>
internal static class IntegrityProtectedReader
{
    private const int ChunkOctets = 64 * 1024;

    /// <summary>The packets inside, or null when the data was changed or the key is another one. The caller wipes the array behind.</summary>
    public static Memory<byte>? TryOpen(ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> sessionKey)
    {
        if (cipherText.Length < IntegrityProtectedData.PrefixOctets + IntegrityProtectedData.MdcOctets)
        {
            return null;
        }

        var plain = DecryptCfb(cipherText, sessionKey);
        var mdc = plain.AsSpan(plain.Length - IntegrityProtectedData.MdcOctets);
#pragma warning disable CA5350 // The code is SHA-1 by definition.
        var hash = SHA1.HashData(plain.AsSpan(0, plain.Length - 20));
#pragma warning restore CA5350
        // The repeated octets of the prefix are not looked at: telling a wrong one apart has been an oracle (RFC 9580 §13.4).
        if (CryptographicOperations.FixedTimeEquals(mdc, [0xD3, 0x14, .. hash]))
        {
            return plain.AsMemory(IntegrityProtectedData.PrefixOctets..(plain.Length - IntegrityProtectedData.MdcOctets));
        }

        CryptographicOperations.ZeroMemory(plain);
        return null;
    }

    // Each block is masked with the encryption of the block before it, so that whole runs go to the cipher at once.
    private static byte[] DecryptCfb(ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> sessionKey)
    {
        using var aes = Aes.Create();
        aes.SetKey(sessionKey);
        var plain = new byte[cipherText.Length];
        var mask = new byte[ChunkOctets];
        const int Block = IntegrityProtectedData.BlockOctets;
        for (var offset = 0; offset < plain.Length; offset += ChunkOctets)
        {
            var length = Math.Min(ChunkOctets, plain.Length - offset);
            var before = mask.AsSpan(0, (length + Block - 1) & ~(Block - 1));
            if (offset == 0)
            {
                before[..Block].Clear();
                cipherText[..(before.Length - Block)].CopyTo(before[Block..]);
            }
            else
            {
                cipherText.Slice(offset - Block, before.Length).CopyTo(before);
            }

            aes.EncryptEcb(before, before, PaddingMode.None);
            Xor(cipherText.Slice(offset, length), before, plain.AsSpan(offset, length));
        }

        CryptographicOperations.ZeroMemory(mask);
        return plain;
    }

    private static void Xor(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> result)
    {
        var vectors = left.Length / Vector<byte>.Count;
        var l = MemoryMarshal.Cast<byte, Vector<byte>>(left);
        var r = MemoryMarshal.Cast<byte, Vector<byte>>(right);
        var d = MemoryMarshal.Cast<byte, Vector<byte>>(result);
        for (var i = 0; i < vectors; i++)
        {
            d[i] = l[i] ^ r[i];
        }

        for (var i = vectors * Vector<byte>.Count; i < left.Length; i++)
        {
            result[i] = (byte)(left[i] ^ right[i]);
        }
    }
}
