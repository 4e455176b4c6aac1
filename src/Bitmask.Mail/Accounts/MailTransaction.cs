using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>One change of the account's mail: the store's transaction and the clock that its registers are stamped with.</summary>
internal readonly struct MailTransaction(StoreTransaction store, string device)
{
    public StoreTransaction Store { get; } = store;

    /// <summary>The clock of this transaction: above all that was seen before it.</summary>
    public RegisterClock Clock { get; } = new(Tally.Of(store.Sql).NextLamport, device);

    /// <summary>The mailbox's number in this file.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public long RequireBox(MailboxId mailbox)
        => Store.Sql.ScalarInt64("SELECT box FROM mail_mailbox_uid WHERE mailbox = ?1", HexId.Bytes(mailbox.Value)) ?? throw MailErrors.NoMailbox();

    /// <summary>The document of an entry, with its revision; null when it is gone.</summary>
    public (string Rev, EntryDocument Entry)? Find(EntryId id)
        => Store.Get(DocumentIds.Of(id)) is { Json: { } json } document && MailJson.TryRead(json, MailJson.Entry) is { } entry ? (document.Rev, entry) : null;

    public void Create(EntryId id, EntryDocument entry) => Store.Create(DocumentIds.Of(id), MailJson.Write(entry, MailJson.Entry));

    public void Put(EntryId id, string rev, EntryDocument entry) => Store.Put(DocumentIds.Of(id), rev, MailJson.Write(entry, MailJson.Entry));

    /// <summary>Writes a message: its parts, its head, then the entry that shows it; the entry alone when a head that is here has the same octets.</summary>
    public void Create(EntryId id, SplitMessage message, MailboxId mailbox, IReadOnlyCollection<string> flags, DateTimeOffset date, SecurityFacts? security, HeadId? same = null)
    {
        var head = same ?? new HeadId(id.Value);
        foreach (var (documentId, json) in same is null ? message.Documents(head, ThreadTable.Choose(Store.Sql, head, message.Keys)) : [])
        {
            Store.Create(documentId, json);
        }

        Create(id, new EntryDocument
        {
            Eid = id.ToString(),
            Head = DocumentIds.Of(head),
            Date = date.ToUniversalTime(),
            Size = message.Head.Size,
            Mbox = Clock.Stamp(DocumentIds.Of(mailbox)),
            Flags = Stamp(flags),
            Sec = security is null ? null : System.Text.Json.JsonSerializer.SerializeToElement(security, MailJson.Security),
        });
    }

    /// <summary>Deletes an entry and, when it was the last that needed them, the head and the parts.</summary>
    public void Delete(EntryId id)
    {
        var row = EntryTable.Find(Store.Sql, id);
        DeleteDocument(DocumentIds.Of(id));
        if (row is not null && !HeadTable.IsNeeded(Store.Sql, row.Head))
        {
            DeleteHead(row.Head);
        }
    }

    /// <summary>Deletes a head that no entry needs, with its parts.</summary>
    public void DeleteHead(HeadId head)
    {
        var parts = HeadTable.PartsOf(Store.Sql, head);
        DeleteDocument(DocumentIds.Of(head));
        foreach (var part in parts)
        {
            DeleteDocument(part);
        }
    }

    /// <summary>Puts an entry into another mailbox.</summary>
    public void Move(EntryId id, MailboxId to)
    {
        if (Find(id) is var (rev, entry))
        {
            Put(id, rev, entry with { Mbox = Clock.Stamp(DocumentIds.Of(to)) });
        }
    }

    /// <summary>Flags as registers, set now; what can not be stored and what is reserved is dropped.</summary>
    public SortedDictionary<string, Register<bool>> Stamp(IEnumerable<string> flags) => Registers(flags, Clock);

    /// <summary>As <see cref="Stamp"/>, by a clock.</summary>
    public static SortedDictionary<string, Register<bool>> Registers(IEnumerable<string> flags, RegisterClock clock)
    {
        var registers = new SortedDictionary<string, Register<bool>>(StringComparer.Ordinal);
        foreach (var name in flags.Select(EntryFlags.Normalise).OfType<string>().Where(name => !MessageFlags.IsReserved(name)).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            registers[name] = clock.Stamp(true);
        }

        return registers;
    }

    public void DeleteDocument(string id)
    {
        if (Store.Get(id) is { IsDeleted: false } document)
        {
            Store.Delete(id, document.Rev);
        }
    }
}

/// <summary>The refusals, in words that a person can read.</summary>
internal static class MailErrors
{
    public static MailException NoMailbox() => new(MailError.MailboxNotFound, "There is no such mailbox.");

    public static MailException NoMessage() => new(MailError.MessageNotFound, "There is no such message any more.");

    public static MailException Exists() => new(MailError.MailboxExists, "A mailbox of this name exists already.");

    public static MailException BadName() => new(MailError.InvalidName, "This can not be the name of a mailbox.");
}
