using System.Globalization;
using System.Text;

namespace Bitmask.Smtp.Protocol;

/// <summary>Replies as they stand on the wire (RFC 5321 §4.2).</summary>
public static class SmtpReplyText
{
    /// <summary>Longest line of a reply that is read, CRLF included; RFC 5321 §4.5.3.1.5 says 512.</summary>
    public const int MaxLineOctets = 4096;

    /// <summary>Most lines of one reply that are read.</summary>
    public const int MaxLines = 200;

    /// <summary>The reply with its line ends; the enhanced code stands on every line (RFC 2034 §3).</summary>
    public static string Write(SmtpReply reply)
    {
        var lines = reply.Text.ReplaceLineEndings("\n").Split('\n');
        var builder = new StringBuilder();
        for (var i = 0; i < lines.Length; i++)
        {
            builder.Append(reply.Code.ToString("000", CultureInfo.InvariantCulture)).Append(i == lines.Length - 1 ? ' ' : '-');
            if (reply.EnhancedCode.Length > 0)
            {
                builder.Append(reply.EnhancedCode).Append(' ');
            }

            foreach (var c in lines[i].AsSpan(0, Math.Min(lines[i].Length, 480)))
            {
                builder.Append(c is >= ' ' and < (char)127 ? c : '?');
            }

            builder.Append("\r\n");
        }

        return builder.ToString();
    }

    /// <summary>Reads one line of a reply, without its line end; false when it is none.</summary>
    public static bool TryParseLine(ReadOnlySpan<byte> line, out int code, out bool isLast, out string text)
    {
        (code, isLast, text) = (0, true, "");
        if (line.Length < 3 || line[0] is < (byte)'2' or > (byte)'5' || !char.IsAsciiDigit((char)line[1]) || !char.IsAsciiDigit((char)line[2]))
        {
            return false;
        }

        if (line.Length > 3 && line[3] is not ((byte)' ' or (byte)'-'))
        {
            return false;
        }

        code = ((line[0] - '0') * 100) + ((line[1] - '0') * 10) + (line[2] - '0');
        isLast = line.Length == 3 || line[3] == ' ';
        text = line.Length > 4 ? Encoding.UTF8.GetString(line[4..]) : "";
        return true;
    }

    /// <summary>Makes a reply of its lines and takes the enhanced code out of the text.</summary>
    public static SmtpReply Compose(int code, IReadOnlyList<string> lines)
    {
        var enhanced = EnhancedCodeOf(code, lines[0]);
        var texts = lines.Select(line => enhanced.Length > 0 && EnhancedCodeOf(code, line) == enhanced ? line[enhanced.Length..].TrimStart(' ') : line);
        return new SmtpReply(code, enhanced, string.Join('\n', texts));
    }

    private static string EnhancedCodeOf(int code, string line)
    {
        var space = line.IndexOf(' ', StringComparison.Ordinal);
        var word = space < 0 ? line : line[..space];
        var parts = word.Split('.');
        var isCode = parts.Length == 3 && parts[0].Length == 1 && parts[0][0] == (char)('0' + (code / 100))
            && parts.All(part => part.Length is >= 1 and <= 3 && part.All(char.IsAsciiDigit));
        return isCode ? word : "";
    }
}
