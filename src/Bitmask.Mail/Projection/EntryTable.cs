using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>The entries: flags as columns, and what follows for UIDs and counters.</summary>
internal sealed class EntryTable(Visibility visibility, HeadTable heads, TimeProvider clock)
{
    public void Apply(WriteTransaction tx, EntryId id, (EntryRow Row, long Counter)? after)
    {
        var before = Find(tx, id);
        if (after is not var (row, counter))
        {
            if (before is not null)
            {
                Remove(tx, before);
            }

            return;
        }

        Tally.Of(tx).SeenLamport(counter);
        if (before == row)
        {
            return;
        }

        tx.Execute(
            """
            INSERT INTO mail_entry(id, head, mailbox, date, size, flags, keywords, tags, sent) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (SELECT sent FROM mail_order WHERE head = ?2))
            ON CONFLICT(id) DO UPDATE SET head = excluded.head, mailbox = excluded.mailbox, date = excluded.date, size = excluded.size,
              flags = excluded.flags, keywords = excluded.keywords, tags = excluded.tags, sent = excluded.sent
            """,
            HexId.Bytes(id.Value), HexId.Bytes(row.Head.Value), HexId.Bytes(row.Mailbox.Value), row.Date, row.Size, (int)row.Bits, row.Keywords, row.Tags);
        if (before is not null && before.Mailbox == row.Mailbox && before.Head == row.Head && Visibility.PlaceOf(tx, id) is var (box, uid, _))
        {
            visibility.Change(tx, before, row, box, uid);
            return;
        }

        if (before is null && visibility.KeepPlace(tx, row))
        {
            return;
        }

        if (before is not null)
        {
            visibility.Hide(tx, before);
        }

        if (!visibility.TryReveal(tx, row))
        {
            HeadTable.RescueDeleted(tx, row.Head);
        }
    }

    public static EntryRow? Find(ReadTransaction tx, EntryId id)
        => tx.QueryFirstOrDefault(
            "SELECT head, mailbox, date, size, flags, keywords, tags FROM mail_entry WHERE id = ?1",
            row => new EntryRow(
                id, new HeadId(HexId.Read(row.GetBytes(0))), new MailboxId(HexId.Read(row.GetBytes(1))), row.GetInt64(2), row.GetInt64(3),
                (EntryBits)row.GetInt32(4), row.GetTextOrNull(5), row.GetTextOrNull(6)),
            HexId.Bytes(id.Value));

    private void Remove(WriteTransaction tx, EntryRow entry)
    {
        visibility.Hide(tx, entry);
        Visibility.Forget(tx, entry.Id);
        tx.Execute("DELETE FROM mail_entry WHERE id = ?1", HexId.Bytes(entry.Id.Value));
        if (!HeadTable.IsNeeded(tx, entry.Head))
        {
            heads.LastEntryGone(tx, entry.Head, clock.GetUtcNow());
        }
    }
}
