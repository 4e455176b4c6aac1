using System.Buffers;
using System.Text;

namespace Bitmask.Imap.Protocol;

/// <summary>Header blocks cut by field name, octets untouched.</summary>
internal static class HeaderFields
{
    /// <summary>
    /// The fields with one of the names (or, with <paramref name="not"/>, without), in their order, and the empty line that ends a
    /// header (RFC 3501 §6.4.5).
    /// </summary>
    public static ReadOnlyMemory<byte> Select(ReadOnlySpan<byte> header, IReadOnlyList<string> names, bool not)
    {
        var result = new ArrayBufferWriter<byte>(Math.Min(header.Length, 4096) + 2);
        foreach (var range in Fields(header))
        {
            var field = header[range];
            if (IsOneOf(NameOctets(field), names) != not)
            {
                result.Write(field);
                if (field[^1] != (byte)'\n')
                {
                    result.Write("\r\n"u8);   // a header cut off in its last line
                }
            }
        }

        result.Write("\r\n"u8);
        return result.WrittenMemory;
    }

    /// <summary>The fields of a header block, folded lines included, up to the empty line.</summary>
    public static List<Range> Fields(ReadOnlySpan<byte> header)
    {
        var fields = new List<Range>();
        var start = 0;
        while (start < header.Length)
        {
            var end = LineEnd(header, start);
            if (IsEmptyLine(header[start..end]))
            {
                break;
            }

            while (end < header.Length && header[end] is (byte)' ' or (byte)'\t' && !IsEmptyLine(header[end..LineEnd(header, end)]))
            {
                end = LineEnd(header, end);
            }

            fields.Add(start..end);
            start = end;
        }

        return fields;
    }

    /// <summary>A field's name; empty for a line without colon.</summary>
    public static string Name(ReadOnlySpan<byte> field) => Encoding.Latin1.GetString(NameOctets(field));

    /// <summary>A field's body as it stands, folding included.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> field) => field[(field.IndexOf((byte)':') + 1)..];

    private static ReadOnlySpan<byte> NameOctets(ReadOnlySpan<byte> field)
    {
        var colon = field.IndexOf((byte)':');
        return colon < 0 ? [] : field[..colon].TrimEnd(" \t"u8);
    }

    private static bool IsOneOf(ReadOnlySpan<byte> name, IReadOnlyList<string> names)
    {
        for (var i = 0; i < names.Count; i++)
        {
            if (Ascii.EqualsIgnoreCase(name, names[i]))
            {
                return true;
            }
        }

        return false;
    }

    private static int LineEnd(ReadOnlySpan<byte> header, int start)
    {
        var end = header[start..].IndexOf((byte)'\n');
        return end < 0 ? header.Length : start + end + 1;
    }

    private static bool IsEmptyLine(ReadOnlySpan<byte> line) => line.Trim("\r\n"u8).IsEmpty;
}
