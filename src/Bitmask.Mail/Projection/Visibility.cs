using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Gives messages their UIDs when they become visible and takes them away when they no longer are; keeps the counters. A UID is given
/// in one place only, here, from a counter that only rises.
/// </summary>
internal sealed class Visibility(ChangeLog log, TimeProvider clock)
{
    /// <summary>Shows an entry that has no UID, if all of it is there; otherwise remembers it.</summary>
    public bool TryReveal(WriteTransaction tx, EntryRow entry)
    {
        var mailbox = HexId.Bytes(entry.Mailbox.Value);
        var missing = tx.ScalarInt64("SELECT missing FROM mail_head WHERE id = ?1", HexId.Bytes(entry.Head.Value));
        if (missing is not 0 || Tally.Of(tx).NextUid(entry.Mailbox) is not var (box, uid))
        {
            tx.Execute(
                "INSERT OR REPLACE INTO mail_pending(entry, head, mailbox) VALUES (?1, ?2, ?3)",
                HexId.Bytes(entry.Id.Value), HexId.Bytes(entry.Head.Value), mailbox);
            return false;
        }

        var modseq = log.Add(tx, MailChangeKind.MessageAdded, entry.Mailbox, entry.Id, new Uid(uid));
        tx.Execute(
            "INSERT INTO mail_uid(box, uid, entry, modseq, saved) VALUES (?1, ?2, ?3, ?4, ?5)",
            box, uid, HexId.Bytes(entry.Id.Value), modseq.Value, clock.GetUtcNow().ToUnixTimeMilliseconds());
        Tally.Of(tx).Count(entry.Mailbox, Counts.Of(entry));
        Forget(tx, entry.Id);
        SearchTable.Enqueue(tx, entry.Head);
        return true;
    }

    /// <summary>Takes the UID of an entry away; false when it had none.</summary>
    public bool Hide(WriteTransaction tx, EntryRow entry)
    {
        if (PlaceOf(tx, entry.Id) is not var (box, uid, _))
        {
            return false;
        }

        Drop(tx, box, uid, entry.Id);
        Tally.Of(tx).Count(entry.Mailbox, default(Counts) - Counts.Of(entry));
        return true;
    }

    /// <summary>Takes over changed flags of a visible entry.</summary>
    public void Change(WriteTransaction tx, EntryRow before, EntryRow after, long box, Uid uid)
    {
        var modseq = log.Add(tx, MailChangeKind.MessageChanged, after.Mailbox, after.Id, uid);
        tx.Execute("UPDATE mail_uid SET modseq = ?3 WHERE box = ?1 AND uid = ?2", box, uid.Value, modseq.Value);
        Tally.Of(tx).Count(after.Mailbox, Counts.Of(after) - Counts.Of(before));
    }

    /// <summary>
    /// In a reindex: an entry that has a UID in its mailbox keeps it, and is counted; true when that is so. A UID in another mailbox goes, and so does that of a message whose mailbox or head
    /// is lost: it waits for them.
    /// </summary>
    public bool KeepPlace(WriteTransaction tx, EntryRow entry)
    {
        if (PlaceOf(tx, entry.Id) is not var (box, uid, _))
        {
            return false;
        }

        var here = tx.ScalarInt64(
            "SELECT u.box FROM mail_mailbox_uid u JOIN mail_mailbox m ON m.id = u.mailbox WHERE u.mailbox = ?1 AND EXISTS (SELECT 1 FROM mail_head WHERE id = ?2)",
            HexId.Bytes(entry.Mailbox.Value), HexId.Bytes(entry.Head.Value));
        if (here != box)
        {
            Drop(tx, box, uid, entry.Id);
            return false;
        }

        Tally.Of(tx).Count(entry.Mailbox, Counts.Of(entry));
        SearchTable.Enqueue(tx, entry.Head);
        return true;
    }

    /// <summary>At the end of a reindex: takes the UIDs from messages, and the UID tables from mailboxes, that are not there.</summary>
    public void DropStrays(WriteTransaction tx)
    {
        var strays = tx.Query(
            "SELECT box, uid, entry FROM mail_uid WHERE entry NOT IN (SELECT id FROM mail_entry)",
            static row => (Box: row.GetInt64(0), Uid: new Uid((uint)row.GetInt64(1)), Entry: new EntryId(HexId.Read(row.GetBytes(2)))));
        foreach (var stray in strays)
        {
            Drop(tx, stray.Box, stray.Uid, stray.Entry);
        }

        tx.Execute("DELETE FROM mail_mailbox_uid WHERE mailbox NOT IN (SELECT id FROM mail_mailbox)");
    }

    /// <summary>Tells that a message's flags are others than were shown.</summary>
    public void Touch(WriteTransaction tx, EntryId entry)
    {
        if (EntryTable.Find(tx, entry) is { } row && PlaceOf(tx, entry) is var (box, uid, _))
        {
            Change(tx, row, row, box, uid);
        }
    }

    /// <summary>Tries the entries that waited for a head, oldest first.</summary>
    public void RevealWaitingFor(WriteTransaction tx, HeadId head)
        => RevealAll(tx, tx.Query(
            "SELECT p.entry FROM mail_pending p JOIN mail_entry e ON e.id = p.entry WHERE p.head = ?1 ORDER BY e.date, e.id",
            static row => row.GetBytes(0), HexId.Bytes(head.Value)));

    /// <summary>Tries the entries that waited for a mailbox, oldest first.</summary>
    public void RevealWaitingFor(WriteTransaction tx, MailboxId mailbox)
        => RevealAll(tx, tx.Query(
            "SELECT p.entry FROM mail_pending p JOIN mail_entry e ON e.id = p.entry WHERE p.mailbox = ?1 ORDER BY e.date, e.id",
            static row => row.GetBytes(0), HexId.Bytes(mailbox.Value)));

    /// <summary>Where an entry is visible, or null.</summary>
    public static (long Box, Uid Uid, ModSeq ModSeq)? PlaceOf(ReadTransaction tx, EntryId entry)
        => tx.QueryFirstOrDefault<(long, Uid, ModSeq)?>(
            "SELECT box, uid, modseq FROM mail_uid WHERE entry = ?1",
            static row => (row.GetInt64(0), new Uid((uint)row.GetInt64(1)), new ModSeq(row.GetInt64(2))), HexId.Bytes(entry.Value));

    /// <summary>An entry no longer waits.</summary>
    public static void Forget(WriteTransaction tx, EntryId entry)
        => tx.Execute("DELETE FROM mail_pending WHERE entry = ?1", HexId.Bytes(entry.Value));

    private void Drop(WriteTransaction tx, long box, Uid uid, EntryId entry)
    {
        var mailbox = tx.QueryFirstOrDefault("SELECT mailbox FROM mail_mailbox_uid WHERE box = ?1", static row => row.GetBytes(0), box);
        var modseq = log.Add(tx, MailChangeKind.MessageRemoved, mailbox is null ? null : new MailboxId(HexId.Read(mailbox)), entry, uid);
        tx.Execute("DELETE FROM mail_uid WHERE box = ?1 AND uid = ?2", box, uid.Value);
        Tally.Of(tx).Removed(box, modseq);
    }

    private void RevealAll(WriteTransaction tx, List<byte[]> entries)
    {
        foreach (var entry in entries)
        {
            if (EntryTable.Find(tx, new EntryId(HexId.Read(entry))) is { } row)
            {
                TryReveal(tx, row);
            }
        }
    }
}
