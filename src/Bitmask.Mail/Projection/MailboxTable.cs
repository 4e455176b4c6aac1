using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>The mailboxes, and the life of their UID tables.</summary>
internal sealed class MailboxTable(ChangeLog log, Visibility visibility, TimeProvider clock)
{
    public void Apply(WriteTransaction tx, MailboxId id, MailboxRow? after)
    {
        var key = HexId.Bytes(id.Value);
        var before = Find(tx, id);
        if (after is null)
        {
            if (before is not null)
            {
                Remove(tx, id, key);
            }

            return;
        }

        Tally.Of(tx).SeenLamport(after.Counter);
        tx.Execute(
            """
            INSERT INTO mail_mailbox(id, name, special_use, created) VALUES (?1, ?2, ?3, ?4)
            ON CONFLICT(id) DO UPDATE SET name = excluded.name, special_use = excluded.special_use, created = excluded.created
            """,
            key, after.Name, after.SpecialUse, after.Created);
        if (before is null)
        {
            // A reindex finds the UID table of before, and keeps it.
            if (tx.ScalarInt64("SELECT box FROM mail_mailbox_uid WHERE mailbox = ?1", key) is null)
            {
                var validity = DeviceCounter.NextUidValidity(tx, clock.GetUtcNow());
                tx.Execute("INSERT INTO mail_mailbox_uid(mailbox, uid_validity) VALUES (?1, ?2)", key, validity);
                log.Add(tx, MailChangeKind.MailboxAdded, id);
            }

            visibility.RevealWaitingFor(tx, id);
        }
        else if (before != after with { Counter = 0 })
        {
            log.Add(tx, MailChangeKind.MailboxChanged, id);
        }
    }

    public static MailboxRow? Find(ReadTransaction tx, MailboxId id)
        => tx.QueryFirstOrDefault(
            "SELECT name, special_use, created FROM mail_mailbox WHERE id = ?1",
            row => new MailboxRow(id, row.GetText(0), row.GetTextOrNull(1), row.GetInt64(2), 0), HexId.Bytes(id.Value));

    private void Remove(WriteTransaction tx, MailboxId id, byte[] key)
    {
        // Its messages wait again: a deletion that met a concurrent move must not take the moved message along.
        var entries = tx.Query(
            "SELECT entry FROM mail_uid WHERE box = (SELECT box FROM mail_mailbox_uid WHERE mailbox = ?1) ORDER BY uid", static row => row.GetBytes(0), key);
        foreach (var entry in entries.Select(bytes => EntryTable.Find(tx, new EntryId(HexId.Read(bytes)))).OfType<EntryRow>())
        {
            visibility.Hide(tx, entry);
            tx.Execute(
                "INSERT OR REPLACE INTO mail_pending(entry, head, mailbox) VALUES (?1, ?2, ?3)",
                HexId.Bytes(entry.Id.Value), HexId.Bytes(entry.Head.Value), key);
        }

        tx.Execute("DELETE FROM mail_mailbox WHERE id = ?1", key);
        tx.Execute("DELETE FROM mail_mailbox_uid WHERE mailbox = ?1", key);
        Tally.Of(tx).Forget(id);
        log.Add(tx, MailChangeKind.MailboxRemoved, id);
    }
}

/// <summary>Numbers of this device that only rise.</summary>
internal static class DeviceCounter
{
    /// <summary>A UIDVALIDITY higher than all before: the time in seconds, or the next number when that was used.</summary>
    public static long NextUidValidity(WriteTransaction tx, DateTimeOffset now)
        => tx.QueryFirstOrDefault(
            "UPDATE mail_device SET value = min(max(value + 1, ?1), 4294967295) WHERE name = 'uid_validity' RETURNING value",
            static row => row.GetInt64(0), Math.Clamp(now.ToUnixTimeSeconds(), 1, uint.MaxValue));
}
