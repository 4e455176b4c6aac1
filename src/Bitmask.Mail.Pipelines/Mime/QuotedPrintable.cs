using System.Buffers;

namespace Bitmask.Mail.Pipelines.Mime;

/// <summary>Writes quoted-printable (RFC 2045 §6.7) that survives every transport: blanks at the ends of lines and a "From " at their beginning are written as octets, too.</summary>
internal static class QuotedPrintable
{
    private const int MaxLine = 76;

    /// <summary>Encodes text with lines that end with CRLF; a CR or LF alone is an octet like others.</summary>
    public static byte[] Encode(ReadOnlySpan<byte> text)
    {
        var writer = new ArrayBufferWriter<byte>(text.Length + (text.Length / 8) + 64);
        while (true)
        {
            var end = text.IndexOf("\r\n"u8);
            EncodeLine(writer, end < 0 ? text : text[..end]);
            if (end < 0)
            {
                return writer.WrittenSpan.ToArray();
            }

            writer.Write("\r\n"u8);
            text = text[(end + 2)..];
        }
    }

    private static void EncodeLine(ArrayBufferWriter<byte> writer, ReadOnlySpan<byte> line)
    {
        var column = 0;
        for (var at = 0; at < line.Length; at++)
        {
            var isLast = at == line.Length - 1;
            var isPlain = line[at] is >= (byte)'!' and <= (byte)'~' and not (byte)'=' || (line[at] is (byte)' ' or (byte)'\t' && !isLast);

            // One column is kept for the "=" of a soft line break, but at the end of the line.
            if (column + (isPlain ? 1 : 3) > (isLast ? MaxLine : MaxLine - 1))
            {
                writer.Write("=\r\n"u8);
                column = 0;
            }

            // Also after a soft line break the line must not begin with it.
            isPlain &= !(column == 0 && line[at..].StartsWith("From "u8));
            if (isPlain)
            {
                writer.Write(line.Slice(at, 1));
                column++;
            }
            else
            {
                writer.Write([(byte)'=', Digit(line[at] >> 4), Digit(line[at] & 15)]);
                column += 3;
            }
        }

        static byte Digit(int value) => (byte)"0123456789ABCDEF"[value];
    }
}
