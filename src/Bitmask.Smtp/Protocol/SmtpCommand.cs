using System.Text;

namespace Bitmask.Smtp.Protocol;

/// <summary>One command line, taken apart into verb and argument (RFC 5321 §4.1.1).</summary>
/// <param name="Verb">The first word in upper case.</param>
/// <param name="Argument">What follows the first space, without spaces around.</param>
public readonly record struct SmtpCommand(string Verb, string Argument)
{
    /// <summary>
    /// Longest command line accepted, CRLF included. RFC 5321 §4.5.3.1.4 asks for 512, the extensions for more: RFC 3461 §5.4 names the most, 2048
    /// holds them all.
    /// </summary>
    public const int MaxLineOctets = 2048;

    /// <summary>Longest line inside of an AUTH exchange, CRLF included (RFC 4954 §4).</summary>
    public const int MaxAuthLineOctets = 12288;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads a line without its CRLF; false when it holds control characters or is not UTF-8, or the verb is no word.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out SmtpCommand command)
    {
        command = default;
        if (!TryDecode(line, out var text))
        {
            return false;
        }

        var space = text.IndexOf(' ', StringComparison.Ordinal);
        var verb = space < 0 ? text : text[..space];
        if (verb.Length is 0 or > 16 || !verb.All(char.IsAsciiLetterOrDigit))
        {
            return false;
        }

        command = new SmtpCommand(verb.ToUpperInvariant(), space < 0 ? "" : text[space..].Trim(' '));
        return true;
    }

    private static bool TryDecode(ReadOnlySpan<byte> line, out string text)
    {
        text = "";
        if (line.IndexOfAnyInRange((byte)0, (byte)31) >= 0 || line.Contains((byte)127))
        {
            return false;
        }

        try
        {
            text = Strict.GetString(line);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return !text.Any(char.IsControl);
    }
}
