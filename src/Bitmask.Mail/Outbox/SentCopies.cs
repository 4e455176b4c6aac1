using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// The copies in Sent that were filed here for mail programs that file none. Which ones they are is known on this device only, and for a while: a
/// program that puts its own copy there takes the place of ours.
/// </summary>
internal static class SentCopies
{
    public const string Tables =
        """
        -- not_before: the earliest time that it may leave, in milliseconds; null for at once. policy: an OutboxPolicy.
        ALTER TABLE mail_outbox ADD COLUMN not_before INTEGER;
        ALTER TABLE mail_outbox ADD COLUMN policy INTEGER NOT NULL DEFAULT 1;

        -- Copies of sent mail that no mail program has filed. message: the key of the Message-ID.
        CREATE TABLE mail_sent_copy(entry BLOB PRIMARY KEY, message BLOB NOT NULL, filed INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX mail_sent_copy_message ON mail_sent_copy(message);

        """;

    /// <summary>How long a mail program may take to file its own copy: it may have been offline.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(30);

    public static void Add(WriteTransaction tx, EntryId entry, UInt128 message, DateTimeOffset now)
    {
        tx.Execute("DELETE FROM mail_sent_copy WHERE filed < ?1", (now - Remembered).ToUnixTimeMilliseconds());
        tx.Execute("INSERT OR REPLACE INTO mail_sent_copy(entry, message, filed) VALUES (?1, ?2, ?3)", HexId.Bytes(entry.Value), HexId.Bytes(message), now.ToUnixTimeMilliseconds());
    }

    /// <summary>The copies of a mail that were filed here and that nobody has moved or flagged since; they are forgotten, the caller deletes them.</summary>
    public static List<EntryId> Take(WriteTransaction tx, UInt128 message, MailboxId sent)
    {
        var entries = tx.Query(
            "SELECT c.entry FROM mail_sent_copy c JOIN mail_entry e ON e.id = c.entry WHERE c.message = ?1 AND e.mailbox = ?2 AND e.flags = ?3 AND e.keywords IS NULL",
            static row => new EntryId(HexId.Read(row.GetBytes(0))), HexId.Bytes(message), HexId.Bytes(sent.Value), (int)EntryBits.Seen);
        tx.Execute("DELETE FROM mail_sent_copy WHERE message = ?1", HexId.Bytes(message));
        return entries;
    }

    /// <summary>Whether a mailbox holds a message with this Message-ID, whoever put it there.</summary>
    public static bool IsIn(ReadTransaction tx, MailboxId mailbox, UInt128 message)
        => tx.Query(
            "SELECT h.header FROM mail_thread t JOIN mail_entry e ON e.head = t.head JOIN mail_head h ON h.id = t.head WHERE t.key = ?1 AND e.mailbox = ?2",
            static row => row.GetBytes(0), HexId.Bytes(message), HexId.Bytes(mailbox.Value))
            .Exists(header => ThreadKeys.Of(HeaderFields.Parse(header, out _)).Own == message);
}
