using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>AES key wrap (RFC 3394 §2.2.1), the wrapping half.</summary>
internal static class KeyWrap
{
    /// <summary>The value that every wrapped key begins with inside (RFC 3394 §2.2.3.1).</summary>
    public const ulong InitialValue = 0xA6A6A6A6A6A6A6A6;

    public static byte[] Wrap(ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> plain)
    {
        using var aes = Aes.Create();
        aes.SetKey(wrappingKey);
        var wrapped = new byte[plain.Length + 8];
        plain.CopyTo(wrapped.AsSpan(8));
        var check = InitialValue;
        Span<byte> block = stackalloc byte[16];
        for (var round = 0; round < 6; round++)
        {
            for (var i = 1; i <= plain.Length / 8; i++)
            {
                var half = wrapped.AsSpan(8 * i, 8);
                BinaryPrimitives.WriteUInt64BigEndian(block, check);
                half.CopyTo(block[8..]);
                aes.EncryptEcb(block, block, PaddingMode.None);
                check = BinaryPrimitives.ReadUInt64BigEndian(block) ^ (ulong)((round * plain.Length / 8) + i);
                block[8..].CopyTo(half);
            }
        }

        CryptographicOperations.ZeroMemory(block);
        BinaryPrimitives.WriteUInt64BigEndian(wrapped, check);
        return wrapped;
    }
}
