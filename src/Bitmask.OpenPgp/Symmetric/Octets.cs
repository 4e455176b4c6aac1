using System.Numerics;
using System.Runtime.InteropServices;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>Arithmetic on runs of octets.</summary>
internal static class Octets
{
    /// <summary>Combines as many octets as <paramref name="left"/> has; <paramref name="result"/> may be one of the others.</summary>
    public static void Xor(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right, Span<byte> result)
    {
        right = right[..left.Length];
        result = result[..left.Length];
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
