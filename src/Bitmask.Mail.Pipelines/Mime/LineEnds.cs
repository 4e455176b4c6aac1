using System.Buffers;

namespace Bitmask.Mail.Pipelines.Mime;

/// <summary>Line ends of mail are CRLF (RFC 5322 §2.1).</summary>
internal static class LineEnds
{
    /// <summary>The text with every LF without CR, and every CR without LF, made CRLF; null when there is none.</summary>
    public static byte[]? ToCrLf(ReadOnlyMemory<byte> text)
    {
        ArrayBufferWriter<byte>? writer = null;
        var span = text.Span;
        var copied = 0;
        for (var at = 0; at < span.Length; at++)
        {
            var skip = span[at..].IndexOfAny((byte)'\r', (byte)'\n');
            if (skip < 0)
            {
                break;
            }

            at += skip;
            if (span[at] == '\r' && at + 1 < span.Length && span[at + 1] == '\n')
            {
                at++;
                continue;
            }

            writer ??= new ArrayBufferWriter<byte>(span.Length + 1024);
            writer.Write(span[copied..at]);
            writer.Write("\r\n"u8);
            copied = at + 1;
        }

        if (writer is null)
        {
            return null;
        }

        writer.Write(span[copied..]);
        return writer.WrittenSpan.ToArray();
    }
}
