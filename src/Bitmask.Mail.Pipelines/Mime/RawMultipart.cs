using System.Text;

namespace Bitmask.Mail.Pipelines.Mime;

/// <summary>Finds the parts of a multipart body, octet for octet: the line end before a delimiter belongs to the delimiter (RFC 2046 §5.1.1).</summary>
internal static class RawMultipart
{
    /// <summary>The parts, most <paramref name="limit"/> of them; empty when the delimiter does not occur.</summary>
    public static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> body, string boundary, int limit)
    {
        var parts = new List<ReadOnlyMemory<byte>>();
        if (boundary.Length is 0 or > 200)
        {
            return parts;
        }

        var delimiter = Encoding.UTF8.GetBytes("--" + boundary);
        int? start = null;
        for (var at = 0; at < body.Length && parts.Count < limit;)
        {
            var rest = body.Span[at..];
            var length = rest.IndexOf((byte)'\n') is >= 0 and var end ? end + 1 : rest.Length;
            var line = rest[..length];
            if (line.StartsWith(delimiter) && IsDelimiterEnd(line[delimiter.Length..], out var isLast))
            {
                if (start is { } begin)
                {
                    parts.Add(body[begin..Math.Max(begin, at - LineEndBefore(body.Span[..at]))]);
                }

                if (isLast)
                {
                    break;
                }

                start = at + length;
            }

            at += length;
        }

        return parts;
    }

    private static bool IsDelimiterEnd(ReadOnlySpan<byte> rest, out bool isLast)
    {
        isLast = rest.StartsWith("--"u8);
        return (isLast ? rest[2..] : rest).TrimEnd(" \t\r\n"u8).IsEmpty;
    }

    private static int LineEndBefore(ReadOnlySpan<byte> text) => text.EndsWith("\r\n"u8) ? 2 : text.EndsWith("\n"u8) ? 1 : 0;
}
