using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bitmask.Imap.Protocol;

/// <summary>The international naming convention of mailboxes (RFC 3501 §5.1.3).</summary>
public static class ModifiedUtf7
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

    /// <summary>Writes a name: printable ASCII as it is, <c>&amp;</c> as <c>&amp;-</c>, all else as shifted base64 of UTF-16.</summary>
    public static string Encode(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var result = new StringBuilder(name.Length);
        for (var i = 0; i < name.Length;)
        {
            if (IsDirect(name[i]))
            {
                result.Append(name[i] == '&' ? "&-" : name[i].ToString());
                i++;
                continue;
            }

            var start = i;
            while (i < name.Length && !IsDirect(name[i]))
            {
                i++;
            }

            var base64 = Convert.ToBase64String(Encoding.BigEndianUnicode.GetBytes(name[start..i]));
            result.Append('&').Append(base64.TrimEnd('=').Replace('/', ',')).Append('-');
        }

        return result.ToString();
    }

    /// <summary>
    /// Reads a name; false unless it is exactly what <see cref="Encode"/> would write, so that one mailbox never has two names
    /// on the wire. Octets above ASCII are let through: clients that speak UTF-8 already send them.
    /// </summary>
    public static bool TryDecode(string? wire, [NotNullWhen(true)] out string? name)
    {
        name = null;
        if (wire is null)
        {
            return false;
        }

        var result = new StringBuilder(wire.Length);
        for (var i = 0; i < wire.Length; i++)
        {
            var c = wire[i];
            if (char.IsControl(c))
            {
                return false;
            }

            if (c != '&')
            {
                result.Append(c);
                continue;
            }

            var end = wire.IndexOf('-', i);
            if (end < 0)
            {
                return false;
            }

            if (end == i + 1)
            {
                result.Append('&');
            }
            else if (DecodeShifted(wire.AsSpan(i + 1, end - i - 1)) is not { } text || (end + 1 < wire.Length && wire[end + 1] == '&' && wire.IndexOf('-', end + 2) != end + 2))
            {
                return false;   // not base64, or two shifts in a row where one would do
            }
            else
            {
                result.Append(text);
            }

            i = end;
        }

        name = result.ToString();
        return true;
    }

    private static string? DecodeShifted(ReadOnlySpan<char> base64)
    {
        var octets = new List<byte>(base64.Length);
        var (bits, count) = (0, 0);
        foreach (var c in base64)
        {
            var value = Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (value < 0)
            {
                return null;
            }

            (bits, count) = ((bits << 6) | value, count + 6);
            if (count >= 8)
            {
                count -= 8;
                octets.Add((byte)(bits >> count));
                bits &= (1 << count) - 1;
            }
        }

        // Whole UTF-16 units, zero padding, less than one sextet of it.
        if (count >= 6 || bits != 0 || octets.Count % 2 != 0)
        {
            return null;
        }

        try
        {
            var text = StrictUtf16.GetString([.. octets]);
            foreach (var c in text)
            {
                if (IsDirect(c) || char.IsControl(c))
                {
                    return null;
                }
            }

            return text;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static UnicodeEncoding StrictUtf16 { get; } = new(bigEndian: true, byteOrderMark: false, throwOnInvalidBytes: true);

    private static bool IsDirect(char c) => c is >= ' ' and <= '~';
}
