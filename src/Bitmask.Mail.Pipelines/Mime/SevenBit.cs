using System.Buffers;
using System.Text;

namespace Bitmask.Mail.Pipelines.Mime;

/// <summary>
/// Makes an entity that arrives as it left, whatever carries it (RFC 3156 §3 and §5): 7-bit, no long lines, no blanks at the ends of lines, no line that begins with "From ".
/// Parts that are so already keep every octet; the others get another transfer encoding, and their content stays the same octet for octet.
/// </summary>
internal static class SevenBit
{
    private const int MaxLine = 998; // RFC 5322 §2.1.1
    private const int MaxParts = 1000;
    private const int MaxDepth = 30;

    /// <summary>The entity in that form; null when it can not be had without touching what somebody else signed, or a header that is not ASCII.</summary>
    public static byte[]? Encode(RawMessage entity) => Encode(entity, MaxDepth);

    /// <summary>Whether octets arrive as they are.</summary>
    /// <param name="octets">Lines that end with CRLF.</param>
    /// <param name="mayEndInBlanks">Lines may end with blanks: in header fields they can not be written otherwise, and few transports touch them.</param>
    public static bool Survives(ReadOnlySpan<byte> octets, bool mayEndInBlanks = false)
    {
        while (octets.Length > 0)
        {
            var end = octets.IndexOf("\r\n"u8);
            var line = end < 0 ? octets : octets[..end];
            if (line.Length > MaxLine || line.ContainsAnyExceptInRange((byte)'\t', (byte)'~') || line.IndexOfAny((byte)'\r', (byte)'\n') >= 0
                || line.StartsWith("From "u8) || (!mayEndInBlanks && line is [.., (byte)' ' or (byte)'\t']))
            {
                return false;
            }

            octets = end < 0 ? default : octets[(end + 2)..];
        }

        return true;
    }

    private static byte[]? Encode(RawMessage entity, int depth)
    {
        if (!entity.Fields.All(field => Survives(field.Octets.Span, mayEndInBlanks: true)))
        {
            return null;
        }

        if (Survives(entity.Body.Span))
        {
            return entity.WithFields(entity.Fields);
        }

        if (depth == 0 || entity.Fields.Count(field => field.Is("Content-Type")) > 1)
        {
            return null;
        }

        var type = entity.ContentType;
        var encoding = entity.Find("Content-Transfer-Encoding")?.Value.ToLowerInvariant() ?? "7bit";
        var isIdentity = encoding is "7bit" or "8bit" or "binary";
        if (type.IsMimeType("multipart", "*") || type.IsMimeType("message", "*"))
        {
            var body = !isIdentity || type.IsMimeType("multipart", "signed") ? null
                : type.IsMimeType("message", "rfc822") ? Encode(RawMessage.Parse(entity.Body), depth - 1)
                : type.Boundary is { } boundary ? EncodeParts(entity.Body, boundary, depth) : null;
            return body is null ? null : Join(entity, "7bit", body);
        }

        if (!isIdentity && encoding is not ("quoted-printable" or "base64"))
        {
            return null;
        }

        var content = PartContent.Decode(entity).Span;
        return type.IsMimeType("text", "*") ? Join(entity, "quoted-printable", QuotedPrintable.Encode(content)) : Join(entity, "base64", Base64(content));
    }

    private static byte[]? EncodeParts(ReadOnlyMemory<byte> body, string boundary, int depth)
    {
        var parts = RawMultipart.Split(body, boundary, MaxParts + 1);
        if (parts.Count is 0 or > MaxParts || !Survives(Encoding.UTF8.GetBytes(boundary)))
        {
            return null;
        }

        // What stands before the first part and after the last is for nobody (RFC 2046 §5.1.1), and is left out.
        var writer = new ArrayBufferWriter<byte>(body.Length + 4096);
        foreach (var part in parts)
        {
            if (Encode(RawMessage.Parse(part), depth - 1) is not { } encoded)
            {
                return null;
            }

            writer.Write(Encoding.ASCII.GetBytes($"--{boundary}\r\n"));
            writer.Write(encoded);
            writer.Write("\r\n"u8);
        }

        writer.Write(Encoding.ASCII.GetBytes($"--{boundary}--\r\n"));
        return writer.WrittenSpan.ToArray();
    }

    private static byte[] Join(RawMessage entity, string encoding, byte[] body)
    {
        var fields = entity.Fields.Where(field => !field.Is("Content-Transfer-Encoding")).Append(RawField.Create("Content-Transfer-Encoding", encoding));
        return (entity with { Body = body }).WithFields(fields);
    }

    private static byte[] Base64(ReadOnlySpan<byte> content) => Encoding.ASCII.GetBytes(Convert.ToBase64String(content, Base64FormattingOptions.InsertLineBreaks) + "\r\n");
}
