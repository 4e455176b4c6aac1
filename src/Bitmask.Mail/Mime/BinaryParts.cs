using System.Buffers.Text;

namespace Bitmask.Mail;

/// <summary>
/// Messages with a NUL in them, which can not be shown: no string of IMAP may hold one (RFC 9051 §4.3.1). A client may bring them in all the same
/// (RFC 3516 §4.4), when they say by Content-Transfer-Encoding: binary that they do; the parts concerned are then kept as base64, which is
/// the same content.
/// </summary>
public static class BinaryParts
{
    private const int LineOctets = 57;   // 76 characters of base64 (RFC 2045 §6.8)

    /// <summary>The message with its binary parts that hold a NUL as base64; null when there is a NUL where nothing can be done about it.</summary>
    public static ReadOnlyMemory<byte>? WithoutNul(ReadOnlyMemory<byte> message)
    {
        if (!message.Span.Contains((byte)0))
        {
            return message;
        }

        var output = new MemoryStream(message.Length + (message.Length / 2));
        var done = 0;
        foreach (var part in Leaves(StructureReader.Read(message)))
        {
            if (part.Encoding != "binary" || !message.Span[(int)part.BodyOffset..(int)part.End].Contains((byte)0))
            {
                continue;
            }

            output.Write(message.Span[done..(int)part.Offset]);
            WriteHeader(output, message.Span[(int)part.Offset..(int)part.BodyOffset]);
            WriteBase64(output, message.Span[(int)part.BodyOffset..(int)part.End]);
            done = (int)part.End;
        }

        output.Write(message.Span[done..]);
        ReadOnlyMemory<byte> clean = output.GetBuffer().AsMemory(0, (int)output.Length);
        return clean.Span.Contains((byte)0) ? default(ReadOnlyMemory<byte>?) : clean;
    }

    private static IEnumerable<MimePartInfo> Leaves(MimePartInfo part)
        => part.Message is { } inner ? Leaves(inner) : part.IsMultipart ? part.Parts.SelectMany(Leaves) : [part];

    /// <summary>The header as it is, with another encoding in it.</summary>
    private static void WriteHeader(MemoryStream output, ReadOnlySpan<byte> header)
    {
        foreach (var line in Fields(header))
        {
            var field = header[line];
            output.Write(HeaderFields.Parse(field, out _) is [var only] && only.Is("Content-Transfer-Encoding") ? "Content-Transfer-Encoding: base64\r\n"u8 : field);
        }
    }

    /// <summary>Where each field is, folded lines included, and the empty line at the end.</summary>
    private static List<Range> Fields(ReadOnlySpan<byte> header)
    {
        var fields = new List<Range>();
        for (var start = 0; start < header.Length;)
        {
            var end = start;
            do
            {
                end = header[end..].IndexOf((byte)'\n') is >= 0 and var length ? end + length + 1 : header.Length;
            }
            while (end < header.Length && header[end] is (byte)' ' or (byte)'\t');
            fields.Add(start..end);
            start = end;
        }

        return fields;
    }

    private static void WriteBase64(MemoryStream output, ReadOnlySpan<byte> body)
    {
        Span<byte> line = stackalloc byte[80];
        for (; !body.IsEmpty; body = body[Math.Min(LineOctets, body.Length)..])
        {
            Base64.EncodeToUtf8(body[..Math.Min(LineOctets, body.Length)], line, out _, out var written);
            output.Write(line[..written]);
            output.Write(body.Length > LineOctets ? "\r\n"u8 : ""u8);
        }
    }
}
