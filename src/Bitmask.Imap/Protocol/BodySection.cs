using System.Globalization;

namespace Bitmask.Imap.Protocol;

/// <summary>What of a part is meant (section-msgtext and section-text of RFC 3501 §9).</summary>
internal enum SectionText
{
    /// <summary>All of it: <c>BODY[]</c>, <c>BODY[1]</c>.</summary>
    Whole,

    /// <summary>The header of a message.</summary>
    Header,

    /// <summary>The named header fields.</summary>
    HeaderFields,

    /// <summary>All header fields but the named.</summary>
    HeaderFieldsNot,

    /// <summary>A message without its header.</summary>
    Text,

    /// <summary>The MIME header of a part.</summary>
    Mime,
}

/// <summary>section: a part number and what of it.</summary>
/// <param name="Part">The part number; empty for the message itself.</param>
/// <param name="Text">What of it.</param>
/// <param name="Fields">The header field names, for the two forms that have them.</param>
internal sealed record BodySection(IReadOnlyList<uint> Part, SectionText Text, IReadOnlyList<string> Fields)
{
    private const int MaxDepth = 1000;
    private const int MaxFields = 1000;

    /// <summary>Reads a section with its brackets.</summary>
    public static BodySection Parse(CommandScanner scanner)
    {
        scanner.Expect((byte)'[');
        var part = new List<uint>();
        var text = SectionText.Whole;
        List<string> fields = [];
        while (scanner.Peek is >= (byte)'0' and <= (byte)'9')
        {
            part.Add(scanner.NonZeroNumber());
            if (part.Count > MaxDepth)
            {
                throw new ImapSyntaxException("Part number too deep");
            }

            if (!scanner.TryTake((byte)'.'))
            {
                break;
            }

            if (scanner.Peek == (byte)']')
            {
                throw new ImapSyntaxException("Part number ends in a dot");
            }
        }

        if (scanner.Peek != (byte)']')
        {
            text = scanner.Keyword() switch
            {
                "HEADER" => SectionText.Header,
                "HEADER.FIELDS" => SectionText.HeaderFields,
                "HEADER.FIELDS.NOT" => SectionText.HeaderFieldsNot,
                "TEXT" => SectionText.Text,
                "MIME" when part.Count > 0 => SectionText.Mime,
                _ => throw new ImapSyntaxException("Unknown body section"),
            };
        }

        if (text is SectionText.HeaderFields or SectionText.HeaderFieldsNot)
        {
            scanner.Space();
            fields = scanner.List(static s => s.AStringText());
            if (fields.Count > MaxFields)
            {
                throw new ImapSyntaxException("Too many header fields");
            }
        }

        scanner.Expect((byte)']');
        return new BodySection(part, text, fields);
    }

    /// <summary>Only the message's header block is needed to answer.</summary>
    public bool NeedsOnlyHeader => Part.Count == 0 && Text is (SectionText.Header or SectionText.HeaderFields or SectionText.HeaderFieldsNot);

    /// <summary>Writes the section with its brackets.</summary>
    public void Write(ResponseWriter writer)
    {
        writer.Raw("["u8);
        writer.Raw(string.Join('.', Part.Select(static p => p.ToString(CultureInfo.InvariantCulture))));
        if (Text != SectionText.Whole)
        {
            writer.Raw(Part.Count > 0 ? "."u8 : ""u8);
            writer.Raw(Text switch
            {
                SectionText.Header => "HEADER"u8,
                SectionText.HeaderFields => "HEADER.FIELDS ("u8,
                SectionText.HeaderFieldsNot => "HEADER.FIELDS.NOT ("u8,
                SectionText.Text => "TEXT"u8,
                _ => "MIME"u8,
            });
        }

        if (Fields.Count > 0)
        {
            for (var i = 0; i < Fields.Count; i++)
            {
                writer.Raw(i > 0 ? " "u8 : ""u8);
                writer.AString(Fields[i]);
            }

            writer.Raw(")"u8);
        }

        writer.Raw("]"u8);
    }
}
