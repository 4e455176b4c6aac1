using System.Diagnostics.CodeAnalysis;

namespace Bitmask.Protocol.Bonafide;

/// <summary>
/// How SRP values stand in requests and answers, in LEAP's login and in ours: lower-case hex. Reading takes either case and an odd number of
/// digits (LEAP's server prints integers), which stands for a missing zero in front.
/// </summary>
public static class SrpHex
{
    /// <summary>Most digits read: 3072 bits.</summary>
    public const int MaxDigits = 768;

    /// <summary>Writes octets.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);

    /// <summary>Reads octets.</summary>
    /// <param name="text">The digits.</param>
    /// <param name="maxDigits">Most digits allowed.</param>
    /// <exception cref="SrpProtocolException">Empty, too long, or not hex.</exception>
    public static byte[] Decode(string? text, int maxDigits = MaxDigits)
        => TryDecode(text, out var bytes, maxDigits) ? bytes : throw new SrpProtocolException("An SRP value is missing, too long or not hex.");

    /// <summary>Reads octets; false when the text is empty, too long, or not hex.</summary>
    public static bool TryDecode(string? text, [NotNullWhen(true)] out byte[]? bytes, int maxDigits = MaxDigits)
    {
        bytes = null;
        if (string.IsNullOrEmpty(text) || text.Length > maxDigits || !text.All(char.IsAsciiHexDigit))
        {
            return false;
        }

        bytes = Convert.FromHexString(text.Length % 2 == 0 ? text : "0" + text);
        return true;
    }
}
