using System.Text;

namespace Bitmask.Mail;

/// <summary>One field of a header block: its name and, untouched, all octets after the colon, folding and line end included.</summary>
internal readonly record struct HeaderField(string Name, string Raw)
{
    public bool Is(string name) => Name.AsSpan().TrimEnd(" \t").Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>The value as one line (RFC 5322 §2.2.3).</summary>
    public string Value => HeaderFields.Unfold(Raw);
}

/// <summary>Reads header blocks. Anything can come in; what is no field is passed over.</summary>
internal static class HeaderFields
{
    /// <summary>Longest text taken over into envelopes and structures; what is longer stays in the header alone.</summary>
    private const int MaxTextLength = 32 * 1024;

    /// <summary>A header longer than this is an attack: what comes after counts as body, shown as text.</summary>
    internal const int MaxHeader = 1024 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>
    /// The fields of a block, in order. <paramref name="exact"/> tells whether writing name, colon and raw value of each gives back the
    /// same octets (up to the empty line), so that nothing else has to be kept.
    /// </summary>
    public static List<HeaderField> Parse(ReadOnlySpan<byte> block, out bool exact) => Read(block, null, out exact);

    /// <summary>The fields of one name, or all when it is null or not a field's name (RFC 5322 §2.2).</summary>
    public static List<HeaderField> Named(ReadOnlySpan<byte> block, string? name) => Read(block, name is not null && IsName(name) ? name : null, out _);

    private static List<HeaderField> Read(ReadOnlySpan<byte> block, string? name, out bool exact)
    {
        var fields = new List<HeaderField>();
        exact = true;
        while (!block.IsEmpty && LineLength(block) is var length && !IsBlank(block[..length]))
        {
            var end = length;
            while (end < block.Length && block[end] is (byte)' ' or (byte)'\t')
            {
                end += LineLength(block[end..]);
            }

            var field = block[..end];
            block = block[end..];
            var colon = field.IndexOf((byte)':');
            if (colon <= 0)
            {
                exact = false;
                continue;
            }

            if (name is not null && !Ascii.EqualsIgnoreCase(field[..colon].TrimEnd(" \t"u8), name))
            {
                continue;
            }

            fields.Add(new HeaderField(Decode(field[..colon], ref exact), Decode(field[(colon + 1)..], ref exact)));
        }

        return fields;
    }

    /// <summary>The octets that <see cref="Parse"/> read exactly, without the empty line.</summary>
    public static byte[] Write(IEnumerable<HeaderField> fields)
    {
        var text = new StringBuilder();
        foreach (var field in fields)
        {
            text.Append(field.Name).Append(':').Append(field.Raw);
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>
    /// Where a header ends that the MIME parser could not read: after the empty line, or before the first line that is no field.
    /// </summary>
    public static int End(ReadOnlySpan<byte> message)
    {
        var position = 0;
        while (position < message.Length)
        {
            var line = message[position..][..LineLength(message[position..])];
            if (IsBlank(line))
            {
                return position + line.Length;
            }

            var folded = position > 0 && line[0] is (byte)' ' or (byte)'\t';
            if ((!folded && !IsFieldStart(line)) || position + line.Length > MaxHeader)
            {
                return position;
            }

            position += line.Length;
        }

        return position;
    }

    /// <summary>A value as one line: folds opened, ends trimmed, control characters that could end a line elsewhere made spaces.</summary>
    public static string Unfold(string raw)
    {
        var text = new StringBuilder(Math.Min(raw.Length, MaxTextLength));
        for (var i = 0; i < raw.Length && text.Length < MaxTextLength; i++)
        {
            var c = raw[i];
            if (c is '\r' or '\n')
            {
                // A fold's own line end vanishes; its white space stays.
                var next = i + 1 < raw.Length ? raw[i + 1] : '\n';
                if (next is not ('\r' or '\n' or ' ' or '\t'))
                {
                    text.Append(' ');
                }

                continue;
            }

            text.Append(c == '\0' ? ' ' : c);
        }

        return text.ToString().Trim(' ', '\t');
    }

    /// <summary>Octets as text: UTF-8 (RFC 6532), or Latin-1 where they are not.</summary>
    public static string Decode(ReadOnlySpan<byte> octets)
    {
        var exact = true;
        return Decode(octets, ref exact);
    }

    private static string Decode(ReadOnlySpan<byte> octets, ref bool exact)
    {
        try
        {
            return StrictUtf8.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            exact = false;
            return Encoding.Latin1.GetString(octets);
        }
    }

    private static bool IsName(string name) => name.Length > 0 && name.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0 && !name.Contains(':', StringComparison.Ordinal);

    private static int LineLength(ReadOnlySpan<byte> text) => text.IndexOf((byte)'\n') is >= 0 and var end ? end + 1 : text.Length;

    private static bool IsBlank(ReadOnlySpan<byte> line) => line is [(byte)'\n'] or [(byte)'\r', (byte)'\n'];

    private static bool IsFieldStart(ReadOnlySpan<byte> line)
    {
        var colon = line.IndexOf((byte)':');
        return colon > 0 && line[..colon].TrimEnd(" \t"u8).IndexOfAnyExceptInRange((byte)'!', (byte)'~') < 0;
    }
}
