using System.Buffers;

namespace Bitmask.Mail.Pipelines.Mime;

/// <summary>
/// A message or a body part, taken apart where its header ends and nowhere else: fields and body keep every octet. MimeKit reads the values;
/// this keeps the bytes that signatures and hashes are made over.
/// </summary>
/// <param name="Fields">The header, in order.</param>
/// <param name="Blank">The empty line after the header; empty when there is none.</param>
/// <param name="Body">What follows.</param>
internal sealed record RawMessage(IReadOnlyList<RawField> Fields, ReadOnlyMemory<byte> Blank, ReadOnlyMemory<byte> Body)
{
    /// <summary>Most header fields that are looked at; a message with more keeps the rest in its body.</summary>
    private const int MaxFields = 10_000;

    /// <summary>Takes any octets; those that do not begin with a header have none.</summary>
    public static RawMessage Parse(ReadOnlyMemory<byte> octets)
    {
        var fields = new List<RawField>();
        var rest = octets;
        while (rest.Length > 0 && fields.Count < MaxFields)
        {
            var line = LineLength(rest.Span);
            if (IsBlank(rest.Span[..line]))
            {
                return new RawMessage(fields, rest[..line], rest[line..]);
            }

            if (NameOf(rest.Span[..line]) is not { } name)
            {
                break;
            }

            while (line < rest.Length && rest.Span[line] is (byte)' ' or (byte)'\t')
            {
                line += LineLength(rest.Span[line..]);
            }

            fields.Add(new RawField(name, rest[..line]));
            rest = rest[line..];
        }

        return new RawMessage(fields, default, rest);
    }

    /// <summary>The first field of this name; null when there is none.</summary>
    public RawField? Find(string name) => Fields.FirstOrDefault(field => field.Is(name));

    /// <summary>The same message with another header.</summary>
    public byte[] WithFields(IEnumerable<RawField> fields)
    {
        var writer = new ArrayBufferWriter<byte>(Body.Length + 4096);
        foreach (var field in fields)
        {
            writer.Write(field.Octets.Span);
        }

        writer.Write(Blank.IsEmpty ? "\r\n"u8 : Blank.Span);
        writer.Write(Body.Span);
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>The media type with its parameters; text/plain when none is given or it can not be read (RFC 2045 §5.2).</summary>
    public MimeKit.ContentType ContentType
        => Find("Content-Type") is { } header && MimeKit.ContentType.TryParse(header.RawValue.ToArray(), out var type) ? type : new MimeKit.ContentType("text", "plain");

    private static string? NameOf(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        if (colon <= 0)
        {
            return null;
        }

        var name = line[..colon].TrimEnd(" \t"u8);
        return name.Length > 0 && name.IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0 ? System.Text.Encoding.ASCII.GetString(name) : null;
    }

    private static int LineLength(ReadOnlySpan<byte> text) => text.IndexOf((byte)'\n') is >= 0 and var end ? end + 1 : text.Length;

    private static bool IsBlank(ReadOnlySpan<byte> line) => line is [(byte)'\n'] or [(byte)'\r', (byte)'\n'];
}
