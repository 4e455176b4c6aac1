using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Threads. Which one a message belongs to is decided once, when it is filed, from the messages that are here then, and stands in its head
/// from then on: it is the same on all devices and after a reindex, and never changes (RFC 8474 §5.2 forbids that it does).
/// </summary>
internal static class ThreadTable
{
    public const string Tables =
        """
        ALTER TABLE mail_head ADD COLUMN thread BLOB;

        -- What messages are found by when their threads are asked for: own Message-ID, base subject, thread.
        CREATE TABLE mail_thread(key BLOB NOT NULL, sent INTEGER NOT NULL, head BLOB NOT NULL, PRIMARY KEY(key, sent, head)) WITHOUT ROWID;

        """;

    /// <summary>A reply without references belongs to the latest conversation with its subject, unless that is older than this.</summary>
    private static readonly TimeSpan SubjectTime = TimeSpan.FromDays(60);

    /// <summary>The thread for a message that is being filed.</summary>
    public static ThreadId Choose(ReadTransaction tx, HeadId head, ThreadKeys keys)
    {
        foreach (var reference in keys.References)
        {
            if (ThreadOf(tx, reference) is { } thread)
            {
                return thread;
            }
        }

        // An answer may be here before what it answers.
        if (keys.Own is { } own && ThreadOf(tx, own) is { } answered)
        {
            return answered;
        }

        return keys is { References.Count: 0, IsReply: true, Subject: { } subject } && ThreadOf(tx, subject, keys.Sent - (long)SubjectTime.TotalSeconds) is { } same ? same : keys.Alone(head);
    }

    public static void Add(WriteTransaction tx, HeadId head, ThreadKeys keys, ThreadId thread)
    {
        foreach (var (key, sent) in Rows(keys, thread))
        {
            tx.Execute("INSERT OR IGNORE INTO mail_thread(key, sent, head) VALUES (?1, ?2, ?3)", HexId.Bytes(key), sent, HexId.Bytes(head.Value));
        }
    }

    /// <summary>Takes the rows of a head away; its row in mail_head is still there.</summary>
    public static void Remove(WriteTransaction tx, HeadId head)
    {
        var id = HexId.Bytes(head.Value);
        var row = tx.QueryFirstOrDefault<(byte[] Header, byte[]? Thread)?>(
            "SELECT header, thread FROM mail_head WHERE id = ?1", static row => (row.GetBytes(0), row.GetBytesOrNull(1)), id);
        if (row is not var (header, thread) || thread is null)
        {
            return;
        }

        foreach (var (key, sent) in Rows(ThreadKeys.Of(HeaderFields.Parse(header, out _)), new ThreadId(HexId.Read(thread))))
        {
            tx.Execute("DELETE FROM mail_thread WHERE key = ?1 AND sent = ?2 AND head = ?3", HexId.Bytes(key), sent, id);
        }
    }

    /// <summary>The rows of a head. Replies are not found by their subject: what they answer is, or they would keep a stale conversation fresh.</summary>
    public static IEnumerable<(UInt128 Key, long Sent)> Rows(ThreadKeys keys, ThreadId thread)
        => new[] { thread.Value, keys.Own ?? thread.Value, keys.IsReply ? thread.Value : keys.Subject ?? thread.Value }.Distinct().Select(key => (key, keys.Sent));

    /// <summary>Takes the rows that a head should have out of those that are there, and tells what is missing.</summary>
    public static void Compare(HeadRow expected, HashSet<(UInt128 Key, long Sent, HeadId Head)> rows, List<string> differences)
    {
        var missing = Rows(expected.Keys, expected.Thread).Where(row => !rows.Remove((row.Key, row.Sent, expected.Id))).ToList();
        if (missing.Count > 0)
        {
            differences.Add($"head {expected.Id} is missing in its thread");
        }
    }

    /// <summary>The heads of a thread.</summary>
    public static List<HeadId> HeadsOf(ReadTransaction tx, ThreadId thread)
        => tx.Query(
            "SELECT t.head FROM mail_thread t JOIN mail_head h ON h.id = t.head WHERE t.key = ?1 AND h.thread = ?1",
            static row => new HeadId(HexId.Read(row.GetBytes(0))), HexId.Bytes(thread.Value));

    /// <summary>The messages in whose threads this Message-ID stands as one's own: those that have it, and more.</summary>
    public static List<EntryId> EntriesNear(ReadTransaction tx, string messageId)
        => tx.Query(
            "SELECT e.id FROM mail_thread t JOIN mail_entry e ON e.head = t.head WHERE t.key = ?1 ORDER BY e.id",
            static row => new EntryId(HexId.Read(row.GetBytes(0))), HexId.Bytes(ThreadKeys.OfMessageId(messageId)));

    private static ThreadId? ThreadOf(ReadTransaction tx, UInt128 key, long since = 0)
        => tx.QueryFirstOrDefault(
            "SELECT h.thread FROM mail_thread t JOIN mail_head h ON h.id = t.head WHERE t.key = ?1 AND t.sent >= ?2 ORDER BY t.sent DESC LIMIT 1",
            static row => row.GetBytesOrNull(0), HexId.Bytes(key), since) is { } thread ? new ThreadId(HexId.Read(thread)) : null;
}
