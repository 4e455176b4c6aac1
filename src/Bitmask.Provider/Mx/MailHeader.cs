using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Provider.Mx;

/// <summary>
/// The header of a mail, field by field, as octets (RFC 5322 §2.2). It knows just enough for a server: which fields there are, where
/// they lie, and whose mail it is. Nothing is decoded that need not be, so nothing changes that is not taken out on purpose.
/// </summary>
internal sealed class MailHeader
{
    private readonly ReadOnlyMemory<byte> _message;

    private MailHeader(ReadOnlyMemory<byte> message, IReadOnlyList<Field> fields, bool isWhole)
    {
        _message = message;
        Fields = fields;
        IsWhole = isWhole;
    }

    /// <summary>The empty line ends it, or the message does. Behind a line that is no field another reader may find more fields.</summary>
    public bool IsWhole { get; }

    public IReadOnlyList<Field> Fields { get; }

    /// <summary>Reads the header; a line that is no field ends it, as the empty line does.</summary>
    public static MailHeader Read(ReadOnlyMemory<byte> message)
    {
        var fields = new List<Field>();
        var span = message.Span;
        var start = 0;
        while (start < span.Length)
        {
            var end = EndOfField(span, start);
            var colon = span[start..end].IndexOf((byte)':');
            if (colon <= 0 || span.Slice(start, colon).TrimEnd(" \t"u8).ContainsAnyExceptInRange((byte)33, (byte)126))
            {
                break;
            }

            fields.Add(new Field(Encoding.ASCII.GetString(span.Slice(start, colon).TrimEnd(" \t"u8)), start, colon + 1, end - start));
            start = end;
        }

        return new MailHeader(message, fields, start >= span.Length || span[start..].StartsWith("\r\n"u8));
    }

    /// <summary>The fields of a name, in any case.</summary>
    public IEnumerable<Field> Named(string name) => Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A field's value, unfolded.</summary>
    public string Value(Field field)
        => Encoding.UTF8.GetString(_message.Span.Slice(field.Start + field.ValueOffset, field.Length - field.ValueOffset)).Replace("\r\n", "", StringComparison.Ordinal).Trim();

    /// <summary>The message without some fields, everything else octet for octet, after some text.</summary>
    public byte[] Rewrite(string before, Func<Field, bool> remove)
    {
        using var result = new MemoryStream(_message.Length + before.Length + 16);
        result.Write(Encoding.UTF8.GetBytes(before));
        var from = 0;
        foreach (var field in Fields.Where(remove))
        {
            result.Write(_message.Span[from..field.Start]);
            from = field.Start + field.Length;
        }

        result.Write(_message.Span[from..]);
        return result.ToArray();
    }

    /// <summary>The one author of the mail; null when there are several, none, or the field can be read in two ways (RFC 5322 §3.6.2).</summary>
    public EmailAddress? SingleAuthor()
        => IsWhole && Named("From").ToList() is [var field] && MailboxText.TryRead(Value(field), out var author) ? author : null;

    /// <summary>A field goes on while lines begin with a space or tab.</summary>
    private static int EndOfField(ReadOnlySpan<byte> span, int start)
    {
        var at = start;
        while (true)
        {
            var newline = span[at..].IndexOf((byte)'\n');
            if (newline < 0)
            {
                return span.Length;
            }

            at += newline + 1;
            if (at >= span.Length || span[at] is not ((byte)' ' or (byte)'\t'))
            {
                return at;
            }
        }
    }

    internal readonly record struct Field(string Name, int Start, int ValueOffset, int Length);
}

/// <summary>One mailbox as it stands in a From field: <c>Alice &lt;alice@example.org&gt;</c> or the address alone.</summary>
internal static class MailboxText
{
    /// <summary>Reads exactly one mailbox; false for lists, groups and whatever is not clear.</summary>
    public static bool TryRead(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out EmailAddress? address)
    {
        address = null;
        if (!TryStrip(text, out var plain))
        {
            return false;
        }

        var open = plain.IndexOf('<', StringComparison.Ordinal);
        if (open < 0)
        {
            return EmailAddress.TryParse(plain.Trim(), out address);
        }

        var rest = plain[(open + 1)..].TrimEnd();
        if (!rest.EndsWith('>') || rest.IndexOf('>', StringComparison.Ordinal) != rest.Length - 1 || rest.Contains('<', StringComparison.Ordinal)
            || plain.AsSpan(0, open).IndexOfAny(",;:") >= 0 || !EmailAddress.TryParse(rest[..^1].Trim(), out var one) || NamesAnother(plain[..open].Trim(), one))
        {
            return false;
        }

        address = one;
        return true;
    }

    /// <summary>An address that stands unquoted where the name belongs: a lenient reader takes it for the author.</summary>
    private static bool NamesAnother(string name, EmailAddress address)
        => name.Contains('@', StringComparison.Ordinal) && !(EmailAddress.TryParse(name, out var other) && other.Equals(address));

    /// <summary>Takes out comments and quoted display names, so that nothing in them can look like an address.</summary>
    private static bool TryStrip(string text, out string plain)
    {
        var result = new StringBuilder();
        var (depth, quoted) = (0, false);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\\' && (quoted || depth > 0))
            {
                i++;
            }
            else if (quoted)
            {
                quoted = c != '"';
            }
            else if (c is '(' or ')')
            {
                depth += c == '(' ? 1 : -1;
                if (depth < 0)
                {
                    break;
                }
            }
            else if (depth == 0)
            {
                quoted = c == '"';
                result.Append(quoted ? ' ' : c);
            }
        }

        plain = result.ToString();
        return depth == 0 && !quoted;
    }
}
