using System.Numerics;

namespace Bitmask.Soledad;

/// <summary>
/// Sizes that sealed plaintexts are padded to (security.md B6): 512, 1024, 2048, 4096 octets, above that Padmé, which hides all
/// but the leading bits of a length and costs at most 12 %.
/// </summary>
public static class SealedPadding
{
    /// <summary>The smallest padded size.</summary>
    public const int Smallest = 512;

    /// <summary>From here on the sizes follow Padmé.</summary>
    public const int LargestFixed = 4096;

    /// <summary>The padded size for a plaintext of <paramref name="length"/> octets.</summary>
    public static int PaddedLength(int length) => checked((int)PaddedLength((long)length));

    /// <summary>The padded size for a plaintext of <paramref name="length"/> octets.</summary>
    public static long PaddedLength(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length <= LargestFixed)
        {
            return Math.Max(Smallest, (long)BitOperations.RoundUpToPowerOf2((uint)length));
        }

        // Padmé keeps as many leading bits of the length as the exponent itself has bits, and rounds the rest up.
        var exponent = BitOperations.Log2((ulong)length);
        var mask = (1L << (exponent - BitOperations.Log2((uint)exponent) - 1)) - 1;
        return checked(length + mask) & ~mask;
    }
}
