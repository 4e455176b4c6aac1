using System.Globalization;
using System.Text;

namespace Bitmask.Smtp.Protocol;

/// <summary>The encoding of ENVID and ORCPT values (RFC 3461 §4).</summary>
public static class Xtext
{
    /// <summary>Writes text as printable ASCII without space, plus and equals sign.</summary>
    public static string Encode(string text)
    {
        var builder = new StringBuilder(text.Length);
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is > 32 and < 127 and not (byte)'+' and not (byte)'=')
            {
                builder.Append((char)octet);
            }
            else
            {
                builder.Append('+').Append(octet.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return builder.ToString();
    }

    /// <summary>Reads xtext; null when it is none, or when it hides control characters.</summary>
    public static string? Decode(string text)
    {
        var octets = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is <= ' ' or '=' or >= (char)127)
            {
                return null;
            }

            if (text[i] != '+')
            {
                octets.Add((byte)text[i]);
                continue;
            }

            // Hex digits are upper case only (RFC 3461 §4).
            if (i + 2 >= text.Length || !IsUpperHex(text[i + 1]) || !IsUpperHex(text[i + 2]))
            {
                return null;
            }

            var octet = byte.Parse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (octet is < 32 or 127)
            {
                return null;
            }

            octets.Add(octet);
            i += 2;
        }

        return Encoding.UTF8.GetString([.. octets]);
    }

    private static bool IsUpperHex(char c) => char.IsAsciiDigit(c) || c is >= 'A' and <= 'F';
}
