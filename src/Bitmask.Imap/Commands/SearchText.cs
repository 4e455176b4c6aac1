using System.Text;
using Bitmask.Imap.Protocol;
using Bitmask.Mail;
using MimeKit.Utils;

namespace Bitmask.Imap.Commands;

/// <summary>
/// The words of one message as a person reads them: encoded words, transfer encodings and character sets undone. A message that is
/// damaged or gone has no words.
/// </summary>
internal sealed class SearchText(MailAccount account, EntryId entry)
{
    private List<(string Name, string Value)>? _header;
    private List<string>? _bodies;

    /// <summary>The day of the Date field in the sender's zone, or null.</summary>
    public DateOnly? SentDay
    {
        get
        {
            var date = Header.Find(static f => f.Name.Equals("Date", StringComparison.OrdinalIgnoreCase)).Value;
            return date is not null && DateUtils.TryParse(date, out var parsed) ? DateOnly.FromDateTime(parsed.DateTime) : null;
        }
    }

    private List<(string Name, string Value)> Header => _header ??= Guarded(() => ReadHeader(account.HeaderBlock(entry).Span), []);

    private List<string> Bodies => _bodies ??= Guarded(ReadBodies, []);

    /// <summary>Whether a field of this name (or, without a name, any line of the header) contains the text.</summary>
    public bool HeaderContains(string? name, string text)
    {
        foreach (var (field, value) in Header)
        {
            if (name is null ? Contains($"{field}: {value}", text) : field.Equals(name, StringComparison.OrdinalIgnoreCase) && Contains(value, text))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether a text part, or the header of an enclosed message, contains the text.</summary>
    public bool BodyContains(string text) => Bodies.Exists(b => Contains(b, text));

    private static bool Contains(string where, string what) => where.Contains(what, StringComparison.OrdinalIgnoreCase);

    private static T Guarded<T>(Func<T> read, T otherwise)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is MessageDamagedException or MailException { Error: MailError.MessageNotFound })
        {
            return otherwise;
        }
    }

    private static List<(string Name, string Value)> ReadHeader(ReadOnlySpan<byte> header)
    {
        var fields = new List<(string, string)>();
        foreach (var range in HeaderFields.Fields(header))
        {
            var field = header[range];
            var value = HeaderFields.Value(field).ToArray();
            fields.Add((HeaderFields.Name(field), Rfc2047.DecodeText(value).Trim()));
        }

        return fields;
    }

    private List<string> ReadBodies()
    {
        var bodies = new List<string>();
        Collect(account.Structure(entry), account.Content(entry), bodies);
        return bodies;
    }

    private static void Collect(MimePartInfo part, ReadOnlyMemory<byte> content, List<string> bodies)
    {
        foreach (var child in part.Parts)
        {
            Collect(child, content, bodies);
        }

        if (part.Message is { } inner)
        {
            var header = Slice(content, inner.Offset, inner.BodyOffset);
            bodies.AddRange(ReadHeader(header.Span).Select(static f => $"{f.Name}: {f.Value}"));
            Collect(inner, content, bodies);
        }
        else if (part.Type == "text" || part is { Type: "message", Parts.Count: 0 })
        {
            bodies.Add(Decode(part, Slice(content, part.BodyOffset, part.End)));
        }
    }

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> content, long start, long end)
    {
        end = Math.Min(end, content.Length);
        return start >= end ? default : content[(int)start..(int)end];
    }

    private static string Decode(MimePartInfo part, ReadOnlyMemory<byte> body)
    {
        var octets = TransferEncoding.Decode(part.Encoding, body) ?? body;
        return Charset(part).GetString(octets.Span);
    }

    private static Encoding Charset(MimePartInfo part)
    {
        var name = part.Parameters.FirstOrDefault(static p => p.Name == "charset")?.Value;
        try
        {
            return name is null || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase) ? Encoding.UTF8 : CodePages.Get(name);
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }

    /// <summary>Character sets beyond the few that are built in.</summary>
    private static class CodePages
    {
        public static Encoding Get(string name)
            => CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
    }
}
