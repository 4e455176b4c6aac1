using Bitmask.Primitives;

namespace Bitmask.Protocol.Keys;

/// <summary>
/// The code of a recovery kit (security.md B7): 160 random bits, written as eight groups of four base32 characters and a check character. The alphabet has no
/// I, L, O, U; a reader takes I and L for 1, O for 0, either case, and any spaces and dashes. The check character finds every single wrong character, every two
/// neighbours that were swapped, and most groups in the wrong place, and tells which group to look at.
/// </summary>
public sealed class RecoveryCode : IDisposable
{
    /// <summary>Octets of a code.</summary>
    public const int Length = 20;

    /// <summary>Groups of a written code.</summary>
    public const int Groups = 8;

    /// <summary>Longest text that is read.</summary>
    public const int MaxCharacters = 256;

    private const int GroupCharacters = 5;
    private const int CodeCharacters = Groups * GroupCharacters;
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private RecoveryCode(SecretBytes octets) => Octets = octets;

    internal SecretBytes Octets { get; }

    /// <summary>A new random code.</summary>
    public static RecoveryCode New() => new(SecretBytes.Random(Length));

    /// <summary>Reads a typed code.</summary>
    /// <param name="text">What was typed.</param>
    /// <param name="code">The code; the caller disposes it.</param>
    /// <param name="wrongGroup">The first group with a typing error, from 1; 0 when the text as a whole is too short, too long, or has characters of no code.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out RecoveryCode? code, out int wrongGroup)
    {
        (code, wrongGroup) = (null, 0);
        Span<byte> digits = stackalloc byte[CodeCharacters];
        if (text.Length > MaxCharacters || !TryReadDigits(text, digits))
        {
            return false;
        }

        var octets = new SecretBytes(Length);
        for (var group = 0; group < Groups; group++)
        {
            var four = digits.Slice(group * GroupCharacters, GroupCharacters - 1);
            if (Check(group, four) != digits[(group * GroupCharacters) + GroupCharacters - 1])
            {
                octets.Dispose();
                digits.Clear();
                wrongGroup = group + 1;
                return false;
            }

            Pack(four, octets.Span, group);
        }

        digits.Clear();
        code = new RecoveryCode(octets);
        return true;
    }

    /// <summary>The code as it is printed. A string can not be wiped: only for the page that its owner asked for.</summary>
    public string Reveal()
    {
        Span<char> text = stackalloc char[CodeCharacters + Groups - 1];
        Span<byte> four = stackalloc byte[GroupCharacters - 1];
        var at = 0;
        for (var group = 0; group < Groups; group++)
        {
            if (group > 0)
            {
                text[at++] = '-';
            }

            Unpack(Octets.Span, group, four);
            foreach (var digit in four)
            {
                text[at++] = Alphabet[digit];
            }

            text[at++] = Alphabet[Check(group, four)];
        }

        var revealed = text.ToString();
        text.Clear();
        four.Clear();
        return revealed;
    }

    /// <summary>Wipes the code.</summary>
    public void Dispose() => Octets.Dispose();

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret)";

    private static bool TryReadDigits(ReadOnlySpan<char> text, Span<byte> digits)
    {
        var count = 0;
        foreach (var c in text)
        {
            if (char.IsWhiteSpace(c) || c is '-' or '\u2010' or '\u2011' or '\u2013')
            {
                continue;
            }

            var digit = Alphabet.IndexOf(char.ToUpperInvariant(c) switch { 'I' or 'L' => '1', 'O' => '0', var other => other }, StringComparison.Ordinal);
            if (digit < 0 || count == digits.Length)
            {
                return false;
            }

            digits[count++] = (byte)digit;
        }

        return count == digits.Length;
    }

    /// <summary>Four digits are 20 bits: two and a half octets, so a group begins at an octet or in the middle of one.</summary>
    private static void Pack(ReadOnlySpan<byte> four, Span<byte> octets, int group)
    {
        var bits = (four[0] << 15) | (four[1] << 10) | (four[2] << 5) | four[3];
        var at = group / 2 * 5;
        if (group % 2 == 0)
        {
            (octets[at], octets[at + 1], octets[at + 2]) = ((byte)(bits >> 12), (byte)(bits >> 4), (byte)(bits << 4));
        }
        else
        {
            octets[at + 2] |= (byte)(bits >> 16);
            (octets[at + 3], octets[at + 4]) = ((byte)(bits >> 8), (byte)bits);
        }
    }

    private static void Unpack(ReadOnlySpan<byte> octets, int group, Span<byte> four)
    {
        var at = group / 2 * 5;
        var bits = group % 2 == 0
            ? (octets[at] << 12) | (octets[at + 1] << 4) | (octets[at + 2] >> 4)
            : ((octets[at + 2] & 0x0F) << 16) | (octets[at + 3] << 8) | octets[at + 4];
        (four[0], four[1], four[2], four[3]) = ((byte)(bits >> 15), (byte)((bits >> 10) & 31), (byte)((bits >> 5) & 31), (byte)(bits & 31));
    }

    /// <summary>A sum in GF(32) of the digits with different factors, none of them zero, and the group's place.</summary>
    private static byte Check(int group, ReadOnlySpan<byte> four)
    {
        var sum = group + 1;
        var factor = 2;
        foreach (var digit in four)
        {
            sum ^= Multiply(digit, factor);
            factor = Multiply(factor, 2);
        }

        return (byte)sum;
    }

    /// <summary>In GF(32) with x^5 + x^2 + 1.</summary>
    private static int Multiply(int a, int b)
    {
        var product = 0;
        for (; b > 0; b >>= 1)
        {
            product ^= (b & 1) * a;
            a <<= 1;
            a = (a & 32) != 0 ? a ^ 0b100101 : a;
        }

        return product;
    }
}
