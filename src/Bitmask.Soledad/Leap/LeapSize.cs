using System.Numerics;

namespace Bitmask.Soledad.Leap;

/// <summary>The size that LEAP's preamble tells instead of the real one.</summary>
internal static class LeapSize
{
    /// <summary>From here on LEAP can not encrypt.</summary>
    public const long Limit = 1L << 30;

    /// <summary>The smallest power of two above <paramref name="length"/>, at least 4096; null from <see cref="Limit"/> on.</summary>
    public static ulong? Ceiling(long length)
        => length is < 0 or >= Limit ? null : Math.Max(4096, BitOperations.RoundUpToPowerOf2((ulong)length + 1));
}
