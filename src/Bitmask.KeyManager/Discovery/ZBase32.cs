namespace Bitmask.Keys.Discovery;

/// <summary>Base 32 with the alphabet that web key directories use: the digits that are easiest to tell apart come first.</summary>
internal static class ZBase32
{
    private const string Alphabet = "ybndrfg8ejkmcpqxot1uwisza345h769";

    /// <summary>Writes octets, the last digit filled up with zero bits.</summary>
    public static string Encode(ReadOnlySpan<byte> octets) => EncodeBits(octets, octets.Length * 8);

    /// <summary>Writes the first <paramref name="bits"/> bits.</summary>
    public static string EncodeBits(ReadOnlySpan<byte> octets, int bits)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bits, octets.Length * 8);
        var digits = new char[(bits + 4) / 5];
        for (var i = 0; i < digits.Length; i++)
        {
            var value = 0;
            for (var bit = i * 5; bit < (i * 5) + 5; bit++)
            {
                value = (value << 1) | (bit < bits ? (octets[bit / 8] >> (7 - (bit % 8))) & 1 : 0);
            }

            digits[i] = Alphabet[value];
        }

        return new string(digits);
    }
}
