using System.Buffers.Binary;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>AES key wrap (RFC 3394 §2.2.2), the unwrapping half.</summary>
internal static class KeyUnwrap
{
    /// <summary>Null when the wrapped octets were changed or the key is another one.</summary>
    public static byte[]? Unwrap(ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length < 24 || wrapped.Length % 8 != 0)
        {
            return null;
        }

        using var aes = Aes.Create();
        aes.SetKey(wrappingKey);
        var plain = wrapped[8..].ToArray();
        var check = BinaryPrimitives.ReadUInt64BigEndian(wrapped);
        Span<byte> block = stackalloc byte[16];
        for (var round = 5; round >= 0; round--)
        {
            for (var i = plain.Length / 8; i >= 1; i--)
            {
                var half = plain.AsSpan(8 * (i - 1), 8);
                BinaryPrimitives.WriteUInt64BigEndian(block, check ^ (ulong)((round * plain.Length / 8) + i));
                half.CopyTo(block[8..]);
                aes.DecryptEcb(block, block, PaddingMode.None);
                check = BinaryPrimitives.ReadUInt64BigEndian(block);
                block[8..].CopyTo(half);
            }
        }

        CryptographicOperations.ZeroMemory(block);
        if (check == KeyWrap.InitialValue)
        {
            return plain;
        }

        CryptographicOperations.ZeroMemory(plain);
        return null;
    }
}
