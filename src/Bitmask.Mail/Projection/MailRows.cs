namespace Bitmask.Mail;

/// <summary>A mailbox document as columns.</summary>
internal sealed record MailboxRow(MailboxId Id, string Name, string? SpecialUse, long Created, long Counter)
{
    /// <summary>The row of a document; null when it is no mailbox of a form this version knows.</summary>
    public static MailboxRow? Read(string id, string? json)
        => DocumentIds.Mailbox(id) is { } mailbox
            && MailJson.TryRead(json, MailJson.Mailbox) is { Version: 1, Type: MailboxDocument.DocumentType } document
            && MailboxName.IsValid(document.Mbox.Value)
            ? new MailboxRow(
                mailbox, document.Mbox.Value, document.SpecialUse, document.Created.ToUnixTimeMilliseconds(), document.Mbox.Counter)
            : null;
}

/// <summary>A subscription document as columns.</summary>
internal sealed record SubscriptionRow(UInt128 Id, string Name, bool Subscribed, long Counter)
{
    /// <summary>The row of a document; null when it is no subscription of a form this version knows.</summary>
    public static SubscriptionRow? Read(string id, string? json)
        => DocumentIds.Subscription(id) is { } key
            && MailJson.TryRead(json, MailJson.Subscription) is { Version: 1, Type: SubscriptionDocument.DocumentType } document
            && MailboxName.IsValid(document.Mbox)
            ? new SubscriptionRow(key, document.Mbox, document.Subscribed.Value, document.Subscribed.Counter)
            : null;
}

/// <summary>An entry document as columns.</summary>
internal sealed record EntryRow(EntryId Id, HeadId Head, MailboxId Mailbox, long Date, long Size, EntryBits Bits, string? Keywords, string? Tags)
{
    /// <summary>The row of a document, and the highest counter in it; null when it is no entry of a form this version knows.</summary>
    public static (EntryRow Row, long Counter)? Read(string id, string? json)
    {
        return DocumentIds.Entry(id) is { } entry && MailJson.TryRead(json, MailJson.Entry) is { } document ? Read(entry, document) : null;
    }

    /// <summary>As above, of a document that was read.</summary>
    public static (EntryRow Row, long Counter)? Read(EntryId entry, EntryDocument document)
    {
        if (document is not { Version: 1, Type: EntryDocument.DocumentType }
            || DocumentIds.Head(document.Head) is not { } head
            || DocumentIds.Mailbox(document.Mbox.Value) is not { } mailbox)
        {
            return null;
        }

        var (bits, keywords) = EntryFlags.Columns(document.Flags);
        var row = new EntryRow(entry, head, mailbox, document.Date.ToUnixTimeMilliseconds(), document.Size, bits | EntryFlags.Of(Facts(document)), keywords, EntryTags.Column(document.Tags));
        return (row, Counter(document));
    }

    /// <summary>The facts of an entry, or null.</summary>
    public static SecurityFacts? Facts(EntryDocument document)
        => document.Sec is { } sec && MailJson.TryRead(sec.GetRawText(), MailJson.Security) is { } facts
            ? facts with { Layers = [.. (facts.Layers ?? []).OfType<SecurityLayer>().Select(Complete)] }
            : null;

    // A member that is not in the JSON does not get its initial value from the generated reader.
    private static SecurityLayer Complete(SecurityLayer layer)
        => layer with { Part = layer.Part ?? "", KeyIds = layer.KeyIds ?? [], SigPackets = layer.SigPackets ?? [] };

    private static long Counter(EntryDocument document)
        => (document.Flags?.Values ?? []).Concat(document.Tags?.Values ?? []).Select(register => register.Counter).Append(document.Mbox.Counter).Max();
}

/// <summary>A head document as columns.</summary>
internal sealed record HeadRow(HeadId Id, long Size, byte[] Envelope, byte[] Structure, string Preview, byte[] Header, IReadOnlyList<string> Parts, ThreadKeys Keys, ThreadId Thread, MessageOrder Order)
{
    /// <summary>The row of a document; null when it is no head of a form this version knows.</summary>
    public static HeadRow? Read(string id, string? json)
    {
        if (DocumentIds.Head(id) is not { } head
            || MailJson.TryRead(json, MailJson.Head) is not { Version: 1, Type: HeadDocument.DocumentType } document
            || MessageJoiner.Header(document) is not { } header
            || StructureNodes.Build(document.Structure, document.Size) is null)
        {
            return null;
        }

        List<HeaderField> fields = [.. MessageJoiner.Fields(document)];
        var envelope = EnvelopeReader.Read(fields);
        var parts = document.Recipe.Select(item => item?.Part).OfType<string>().ToList();
        var keys = document.Keys ?? ThreadKeys.Of(HeaderFields.Parse(header, out _));
        return new HeadRow(
            head, document.Size, HeadCodec.Write(envelope), HeadCodec.Write(document.Structure),
            document.Preview ?? "", header, parts, keys, ThreadId.TryParse(document.Thread, out var thread) ? thread : keys.Alone(head),
            MessageOrderReader.Read(envelope, fields));
    }
}
