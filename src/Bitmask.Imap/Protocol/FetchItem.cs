namespace Bitmask.Imap.Protocol;

/// <summary>One data item of FETCH (fetch-att of RFC 3501 §9).</summary>
internal abstract record FetchItem
{
    private const int MaxItems = 1000;

    private FetchItem()
    {
    }

    /// <summary>UID.</summary>
    public sealed record Uid : FetchItem;

    /// <summary>FLAGS.</summary>
    public sealed record Flags : FetchItem;

    /// <summary>INTERNALDATE.</summary>
    public sealed record InternalDate : FetchItem;

    /// <summary>RFC822.SIZE.</summary>
    public sealed record Size : FetchItem;

    /// <summary>MODSEQ (RFC 7162 §3.1.4.2).</summary>
    public sealed record ModSeq : FetchItem;

    /// <summary>EMAILID (RFC 8474 §5.1).</summary>
    public sealed record EmailId : FetchItem;

    /// <summary>THREADID (RFC 8474 §5.2).</summary>
    public sealed record ThreadId : FetchItem;

    /// <summary>SAVEDATE (RFC 8514 §4.1).</summary>
    public sealed record SaveDate : FetchItem;

    /// <summary>PREVIEW (RFC 8970 §3.1). It was made when the message was filed, so LAZY changes nothing.</summary>
    public sealed record Preview : FetchItem;

    /// <summary>BINARY[…] and BINARY.PEEK[…] (RFC 3516 §4.2): a part without its transfer encoding.</summary>
    public sealed record Binary(BodySection Part, bool Peek, uint? Offset, uint? Count) : FetchItem;

    /// <summary>BINARY.SIZE[…] (RFC 3516 §4.3).</summary>
    public sealed record BinarySize(BodySection Part) : FetchItem;

    /// <summary>ENVELOPE.</summary>
    public sealed record Envelope : FetchItem;

    /// <summary>BODYSTRUCTURE, or BODY without the extension data.</summary>
    public sealed record Structure(bool Extensible) : FetchItem;

    /// <summary>BODY[…], BODY.PEEK[…] and the old RFC822 forms.</summary>
    /// <param name="Body">The section.</param>
    /// <param name="Peek">Reading does not set \Seen.</param>
    /// <param name="OldName">RFC822, RFC822.HEADER or RFC822.TEXT, echoed in the answer.</param>
    /// <param name="Offset">First octet of a partial fetch.</param>
    /// <param name="Count">Most octets of a partial fetch.</param>
    public sealed record Section(BodySection Body, bool Peek, string? OldName = null, uint? Offset = null, uint? Count = null) : FetchItem;

    /// <summary>Reads a macro, one item, or a list of items.</summary>
    public static List<FetchItem> ParseList(CommandScanner scanner)
    {
        if (scanner.Peek == (byte)'(')
        {
            var items = scanner.List(Parse);
            return items.Count <= MaxItems ? items : throw new ImapSyntaxException("Too many items");
        }

        // ALL, FAST and FULL stand alone, never inside a list (RFC 3501 §6.4.5).
        if (scanner.TryWord("ALL"))
        {
            return [new Flags(), new InternalDate(), new Size(), new Envelope()];
        }

        if (scanner.TryWord("FAST"))
        {
            return [new Flags(), new InternalDate(), new Size()];
        }

        return scanner.TryWord("FULL")
            ? [new Flags(), new InternalDate(), new Size(), new Envelope(), new Structure(false)]
            : [Parse(scanner)];
    }

    private static FetchItem Parse(CommandScanner scanner)
    {
        var name = scanner.Keyword();
        return name switch
        {
            "UID" => new Uid(),
            "FLAGS" => new Flags(),
            "INTERNALDATE" => new InternalDate(),
            "MODSEQ" => new ModSeq(),
            "EMAILID" => new EmailId(),
            "THREADID" => new ThreadId(),
            "SAVEDATE" => new SaveDate(),
            "PREVIEW" => ParsePreview(scanner),
            "BINARY" or "BINARY.PEEK" => ParseBinary(scanner, name == "BINARY.PEEK"),
            "BINARY.SIZE" => new BinarySize(PartOnly(scanner)),
            "ENVELOPE" => new Envelope(),
            "BODYSTRUCTURE" => new Structure(true),
            "RFC822.SIZE" => new Size(),
            "RFC822" => new Section(new BodySection([], SectionText.Whole, []), false, name),
            "RFC822.HEADER" => new Section(new BodySection([], SectionText.Header, []), true, name),
            "RFC822.TEXT" => new Section(new BodySection([], SectionText.Text, []), false, name),
            "BODY" when scanner.Peek != (byte)'[' => new Structure(false),
            "BODY" or "BODY.PEEK" => ParseSection(scanner, name == "BODY.PEEK"),
            _ => throw new ImapSyntaxException("Unknown fetch item"),
        };
    }

    private static Section ParseSection(CommandScanner scanner, bool peek)
    {
        var section = new Section(BodySection.Parse(scanner), peek);
        var (offset, count) = ParsePartial(scanner);
        return section with { Offset = offset, Count = count };
    }

    private static Binary ParseBinary(CommandScanner scanner, bool peek)
    {
        var part = PartOnly(scanner);
        var (offset, count) = ParsePartial(scanner);
        return new Binary(part, peek, offset, count);
    }

    private static BodySection PartOnly(CommandScanner scanner)
        => BodySection.Parse(scanner) is { Text: SectionText.Whole } part ? part : throw new ImapSyntaxException("BINARY takes a part number only");

    private static Preview ParsePreview(CommandScanner scanner)
    {
        if (scanner.PeekIs(" (LAZY)"))
        {
            scanner.Space();
            scanner.List(static s => s.Keyword());
        }

        return new Preview();
    }

    /// <summary>&lt;offset.count&gt;, if it is there.</summary>
    private static (uint? Offset, uint? Count) ParsePartial(CommandScanner scanner)
    {
        if (!scanner.TryTake((byte)'<'))
        {
            return (null, null);
        }

        var offset = scanner.Number();
        scanner.Expect((byte)'.');
        var count = scanner.NonZeroNumber();
        scanner.Expect((byte)'>');
        return (offset, count);
    }
}
