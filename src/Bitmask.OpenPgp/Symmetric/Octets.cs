using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>Arithmetic on runs of octets.</summary>
internal static class Octets
{
    /// <summary>Combines as many octets as <paramref name="left"/> has; <paramref name="result"/> may be one of the others.</summary>
    public static void Xor(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> result)
    {
        right = right[..left.Length];
        result = result[..left.Length];
        // The lengths are checked once, above, and not for each vector.
        ref var l = ref MemoryMarshal.GetReference(left);
        ref var r = ref MemoryMarshal.GetReference(right);
        ref var d = ref MemoryMarshal.GetReference(result);
        var i = 0;
        for (; i <= left.Length - Vector512<byte>.Count; i += Vector512<byte>.Count)
        {
            (Vector512.LoadUnsafe(ref l, (nuint)i) ^ Vector512.LoadUnsafe(ref r, (nuint)i)).StoreUnsafe(ref d, (nuint)i);
        }

        for (; i < left.Length; i++)
        {
            result[i] = (byte)(left[i] ^ right[i]);
        }
    }

    /// <summary>Multiplies by x in the field of 2^128 elements, as OCB and CMAC do (RFC 7253 §2). Takes the same time for every value.</summary>
    public static void Double(ReadOnlySpan<byte> block, Span<byte> doubled)
    {
        var carry = block[0] >> 7;
        for (var i = 0; i < 15; i++)
        {
            doubled[i] = (byte)((block[i] << 1) | (block[i + 1] >> 7));
        }

        doubled[15] = (byte)((block[15] << 1) ^ (carry * 0x87));
    }
}
