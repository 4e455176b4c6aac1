using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    private const string HighestModSeq = "max(u.removed_modseq, ifnull((SELECT max(modseq) FROM mail_uid WHERE box = u.box), 0))";

    /// <summary>The mailbox's counters.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public MailboxStatus Status(MailboxId mailbox)
        => _store.Read(store => store.Sql.QueryFirstOrDefault(
            $"SELECT m.messages, m.unseen, m.deleted, m.size, u.uid_next, u.uid_validity, {HighestModSeq} FROM mail_mailbox m JOIN mail_mailbox_uid u ON u.mailbox = m.id WHERE m.id = ?1",
            static row => new MailboxStatus(
                row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt64(3),
                UidNext(row.GetInt64(4)), new UidValidity((uint)row.GetInt64(5)), new ModSeq(row.GetInt64(6))),
            HexId.Bytes(mailbox.Value))) ?? throw MailErrors.NoMailbox();

    /// <summary>Octets of the messages with <c>\Deleted</c>, which an EXPUNGE would remove.</summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public long DeletedOctets(MailboxId mailbox)
        => Status(mailbox).Deleted == 0 ? 0 : _store.Read(store => store.Sql.ScalarInt64(
            $"SELECT sum(e.size) FROM mail_mailbox_uid b JOIN mail_uid u ON u.box = b.box JOIN mail_entry e ON e.id = u.entry WHERE b.mailbox = ?1 AND e.flags & {(int)EntryBits.Deleted}",
            HexId.Bytes(mailbox.Value)) ?? 0);

    /// <summary>How much room the account has at its provider, as that said with the last sync; null when it did not.</summary>
    public ProviderQuota? Quota() => _store.Read(ProviderQuota.Read);

    /// <summary>
    /// The mailbox as it is now. Opening it again costs next to nothing when nothing changed, and little more than the changes otherwise.
    /// </summary>
    /// <exception cref="MailException">There is no such mailbox.</exception>
    public MailboxView Open(MailboxId mailbox)
        => _store.Read(store => _views.Keep(View(store.Sql, mailbox)));

    /// <summary>The mailbox as a transaction sees it: nobody else may, before it is durable.</summary>
    private MailboxView View(ReadTransaction sql, MailboxId mailbox)
    {
        var info = FindById(sql, mailbox) ?? throw MailErrors.NoMailbox();
        var (box, uidNext, highest) = sql.QueryFirstOrDefault<(long, long, long)?>(
            $"SELECT u.box, u.uid_next, {HighestModSeq} FROM mail_mailbox_uid u WHERE u.mailbox = ?1",
            static row => (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2)), HexId.Bytes(mailbox.Value)) ?? throw MailErrors.NoMailbox();
        var known = _views.Find(mailbox);
        if (known is not null && known.Mailbox.UidValidity == info.UidValidity
            && (known.HighestModSeq.Value > highest || (known.HighestModSeq.Value == highest && known.Mailbox == info)))
        {
            // A view from another thread may be newer than this snapshot; going back behind it helps nobody.
            return known;
        }

        var since = known is not null && known.Mailbox.UidValidity == info.UidValidity && known.HighestModSeq.Value >= ChangeStream.OldestKnown(sql) ? known : null;
        var changed = EntriesSince(sql, box, since?.HighestModSeq ?? default);
        var entries = since is null ? MessageList.Of(changed) : since.Entries.With(changed, RemovedSince(sql, mailbox, since.HighestModSeq));
        return new MailboxView(info, entries, UidNext(uidNext), new ModSeq(highest));
    }

    /// <summary>
    /// UIDs that left the mailbox after <paramref name="since"/> (RFC 7162 §3.2.10, VANISHED), ascending; null when the change stream does
    /// not reach back that far.
    /// </summary>
    public IReadOnlyList<Uid>? Vanished(MailboxId mailbox, ModSeq since)
        => _store.Read(store => since.Value < ChangeStream.OldestKnown(store.Sql) ? null : (IReadOnlyList<Uid>)[.. RemovedSince(store.Sql, mailbox, since).Order()]);

    /// <summary>The envelope, computed when the message was filed.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public MessageEnvelope Envelope(EntryId entry)
        => HeadCodec.ReadEnvelope(HeadColumn(entry, "envelope")) ?? MessageEnvelope.Empty;

    /// <summary>The MIME tree with the place of every part, computed when the message was filed.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public MimePartInfo Structure(EntryId entry)
        => HeadCodec.ReadStructure(HeadColumn(entry, "structure")) ?? throw MailErrors.NoMessage();

    /// <summary>The message's header with the empty line that ends it, without reading the rest.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public ReadOnlyMemory<byte> HeaderBlock(EntryId entry) => HeadColumn(entry, "header");

    /// <summary>The first words of the message's text (RFC 8970).</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public string Preview(EntryId entry) => System.Text.Encoding.UTF8.GetString(HeadColumn(entry, "preview"));

    /// <summary>The message, octet for octet as it was filed; its SHA-256 is checked. Waits for nobody: for a message with large parts, <see cref="OpenContent(EntryId)"/> serves better.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    /// <exception cref="MessageDamagedException">The octets are not those that were filed.</exception>
    /// <exception cref="MessageUnavailableException">A large part is not on this device.</exception>
    public ReadOnlyMemory<byte> Content(EntryId entry) => OpenContent(entry) is var content && content.Whole is { } whole ? whole : content.ReadHere(0, content.Length);

    /// <summary>What was found when the message was filed, or null for a message of the user's own.</summary>
    /// <exception cref="MailException">There is no such message.</exception>
    public SecurityFacts? Security(EntryId entry)
    {
        return _store.Read(store => EntryTable.Find(store.Sql, entry) is null ? throw MailErrors.NoMessage() : OwedTable.Read(store, entry) is { } document ? EntryRow.Facts(document) : null);
    }

    /// <summary>The message in the mailbox it is in now, or null when it is gone or not complete yet.</summary>
    public (MailboxId Mailbox, MessageEntry Entry)? Find(EntryId entry)
        => _store.Read(store => store.Sql.QueryFirstOrDefault<(MailboxId, MessageEntry)?>(
            $"SELECT {EntryColumns} WHERE u.entry = ?1", static row => (new MailboxId(HexId.Read(row.GetSpan(10))), ReadEntry(row)), HexId.Bytes(entry.Value)));

    private byte[] HeadColumn(EntryId entry, string column) => _store.Read(store => HeadColumn(store, entry, column));

    private static byte[] HeadColumn(StoreReader store, EntryId entry, string column)
        => store.Sql.QueryFirstOrDefault(HeadColumns[column], static row => row.GetBytes(0), HexId.Bytes(entry.Value)) ?? throw MailErrors.NoMessage();

    // Constant texts, so that each is prepared once.
    private static readonly Dictionary<string, string> HeadColumns = new[] { "envelope", "structure", "header", "preview" }.ToDictionary(
        column => column, column => $"SELECT h.{column} FROM mail_entry e JOIN mail_head h ON h.id = e.head WHERE e.id = ?1");

    /// <summary>What <see cref="ReadEntry"/> reads.</summary>
    private const string EntryColumns =
        "u.uid, u.entry, e.head, e.flags, e.keywords, u.modseq, e.date, e.size, u.saved, e.sent, e.mailbox FROM mail_uid u JOIN mail_entry e ON e.id = u.entry";

    private static List<MessageEntry> EntriesSince(ReadTransaction sql, long box, ModSeq since)
        // The plus keeps it from walking the whole mailbox to spare a sort of the few that changed.
        => since == default
            ? sql.Query(
                $"SELECT {EntryColumns} WHERE u.box = ?1 ORDER BY u.uid",
                ReadEntry, box)
            : sql.Query(
                $"SELECT {EntryColumns} WHERE u.box = ?1 AND u.modseq > ?2 ORDER BY +u.uid",
                ReadEntry, box, since.Value);

    private static HashSet<Uid> RemovedSince(ReadTransaction sql, MailboxId mailbox, ModSeq since)
        => [.. sql.Query(
            "SELECT uid FROM mail_change WHERE mailbox = ?1 AND kind = 3 AND sequence > ?2", static row => new Uid((uint)row.GetInt64(0)),
            HexId.Bytes(mailbox.Value), since.Value)];

    private static MessageEntry ReadEntry(Row row)
        => new(
            new Uid((uint)row.GetInt64(0)), new EntryId(HexId.Read(row.GetSpan(1))), new HeadId(HexId.Read(row.GetSpan(2))),
            EntryFlags.Set((EntryBits)row.GetInt32(3), row.GetTextOrNull(4)), new ModSeq(row.GetInt64(5)),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)), row.GetInt64(7), SaveDate(row.GetInt64OrNull(8)))
        {
            PackedSent = row.GetInt64OrNull(9),
        };

    private static DateTimeOffset? SaveDate(long? saved) => saved is { } at ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null;

    private static Uid UidNext(long value) => new((uint)Math.Min(value, uint.MaxValue));
}
