using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>The names that the user subscribed to (RFC 3501 §6.3.6): they are kept whether there is such a mailbox or not.</summary>
internal static class SubscriptionTable
{
    public const string Tables =
        """
        ALTER TABLE mail_mailbox DROP COLUMN subscribed;
        CREATE TABLE mail_subscription(id BLOB PRIMARY KEY, name TEXT NOT NULL, subscribed INTEGER NOT NULL) WITHOUT ROWID;
        CREATE INDEX mail_subscription_name ON mail_subscription(name) WHERE subscribed;

        """;

    /// <summary>True for a row of <c>mail_mailbox m</c> whose name is subscribed to.</summary>
    public const string IsSubscribed = "EXISTS (SELECT 1 FROM mail_subscription s WHERE s.name = m.name AND s.subscribed)";

    public static void Apply(WriteTransaction tx, ChangeLog log, UInt128 id, SubscriptionRow? after)
    {
        var before = Find(tx, id);
        if (after is null)
        {
            tx.Execute("DELETE FROM mail_subscription WHERE id = ?1", HexId.Bytes(id));
        }
        else
        {
            Tally.Of(tx).SeenLamport(after.Counter);
            tx.Execute("INSERT OR REPLACE INTO mail_subscription(id, name, subscribed) VALUES (?1, ?2, ?3)", HexId.Bytes(id), after.Name, after.Subscribed);
        }

        if ((before is { Subscribed: true }) != (after is { Subscribed: true }))
        {
            log.Add(tx, MailChangeKind.SubscriptionChanged, MailboxOf(tx, (after ?? before)!.Name));
        }
    }

    public static SubscriptionRow? Find(ReadTransaction tx, UInt128 id)
        => tx.QueryFirstOrDefault(
            "SELECT name, subscribed FROM mail_subscription WHERE id = ?1", row => new SubscriptionRow(id, row.GetText(0), row.GetBoolean(1), 0), HexId.Bytes(id));

    /// <summary>Whether a name is subscribed to.</summary>
    public static bool Holds(ReadTransaction tx, string name) => tx.ScalarInt64("SELECT 1 FROM mail_subscription WHERE name = ?1 AND subscribed LIMIT 1", name) is not null;

    /// <summary>All names that are subscribed to, each once.</summary>
    public static List<string> Names(ReadTransaction tx) => tx.Query("SELECT DISTINCT name FROM mail_subscription WHERE subscribed ORDER BY name", static row => row.GetText(0));

    private static MailboxId? MailboxOf(ReadTransaction tx, string name)
        => tx.QueryFirstOrDefault("SELECT id FROM mail_mailbox WHERE name = ?1 ORDER BY id LIMIT 1", static row => (MailboxId?)new MailboxId(HexId.Read(row.GetBytes(0))), name);
}
