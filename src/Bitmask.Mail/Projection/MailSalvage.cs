using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>What is known to be lost of a mail account whose database was salvaged.</summary>
/// <param name="Outgoing">Accepted mails that can not be sent any more, for a part of them is lost.</param>
/// <param name="Commands">Commands over many messages whose effect had not reached all documents and now will not.</param>
public sealed record MailLoss(int Outgoing, int Commands);

/// <summary>Makes the tables of this room whole again after they were copied out of a damaged file. The tables that follow from documents are left to a reindex.</summary>
public static class MailSalvage
{
    /// <summary>Far beyond what lost rows can have used: a client that knows a later number must not miss what comes.</summary>
    private const long ChangesLost = 1_000_000;

    private const int SettledAtOnce = 1000;

    /// <summary>Tables that are not copied: they follow from documents, or (the loose heads) would have documents deleted whose messages may only be lost here.</summary>
    public static IReadOnlyList<string> Derived { get; } =
    [
        "mail_entry", "mail_head", "mail_loose", "mail_mailbox", "mail_octets", "mail_part", "mail_part_present", "mail_pending",
        "mail_search", "mail_search_body", "mail_search_gone", "mail_search_header", "mail_search_queue", "mail_thread",
    ];

    /// <summary>Tables that are copied after the reindex, and then worked off by <see cref="SettleAsync"/>: documents that are owed change what the documents say.</summary>
    public static IReadOnlyList<string> Owed { get; } = ["mail_owed_act", "mail_owed"];

    /// <summary>To be called before the reindex: takes away what only half was copied. Answers how many accepted mails are lost.</summary>
    /// <param name="tx">The file with the copied tables.</param>
    /// <param name="account">Whose outbox it is.</param>
    /// <param name="areChangesWhole">Whether all of the change stream was copied.</param>
    /// <param name="now">The time.</param>
    public static int Mend(WriteTransaction tx, EmailAddress account, bool areChangesWhole, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(tx);
        ArgumentNullException.ThrowIfNull(account);
        tx.ExecuteScript(
            """
            INSERT OR IGNORE INTO mail_device(name, value) VALUES ('lamport', 0), ('uid_validity', 0);
            DELETE FROM mail_uid WHERE box NOT IN (SELECT box FROM mail_mailbox_uid);
            UPDATE mail_mailbox_uid SET uid_next = max(uid_next, (SELECT ifnull(max(uid), 0) + 1 FROM mail_uid u WHERE u.box = mail_mailbox_uid.box));
            UPDATE mail_device SET value = max(value, (SELECT ifnull(max(uid_validity), 0) FROM mail_mailbox_uid)) WHERE name = 'uid_validity';
            INSERT INTO sqlite_sequence(name, seq) SELECT 'mail_change', 0 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'mail_change');
            """);
        tx.Execute(
            """
            UPDATE sqlite_sequence SET seq = ?1 + max(seq, (SELECT ifnull(max(modseq), 0) FROM mail_uid), (SELECT ifnull(max(removed_modseq), 0) FROM mail_mailbox_uid)) WHERE name = 'mail_change'
            """,
            areChangesWhole ? 0 : ChangesLost);
        return MendOutbox(tx, account, now);
    }

    /// <summary>Writes the documents that are owed, all of them. Answers how many commands are lost.</summary>
    public static async Task<int> SettleAsync(SoledadStore store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        var lost = await store.WriteAsync(
            static tx =>
            {
                const string WithoutAct = "FROM mail_owed WHERE act NOT IN (SELECT id FROM mail_owed_act)";
                var acts = tx.Sql.ScalarInt64($"SELECT count(DISTINCT act) {WithoutAct}") ?? 0;
                tx.Sql.Execute($"DELETE {WithoutAct}");
                return (int)acts;
            },
            cancellationToken).ConfigureAwait(false);
        while (await store.WriteAsync(static tx => OwedTable.Any(tx.Sql) && OwedTable.SettleSome(tx, SettledAtOnce), cancellationToken).ConfigureAwait(false))
        {
        }

        return lost;
    }

    private static int MendOutbox(WriteTransaction tx, EmailAddress account, DateTimeOffset now)
    {
        // The envelope's sender is always the account, so a mail needs its octets and its recipients, which are numbered without a gap.
        tx.Execute(
            """
            INSERT INTO mail_outbox(id, accepted, reverse_path, size)
            SELECT c.id, ?1, ?2, length(c.raw) FROM mail_outbox_content c
            WHERE c.id NOT IN (SELECT id FROM mail_outbox) AND c.id IN (SELECT outbox FROM mail_outbox_recipient)
            """,
            now.ToUnixTimeMilliseconds(), account.Address);
        var lost = tx.Query(
            """
            SELECT id FROM (SELECT id FROM mail_outbox UNION SELECT id FROM mail_outbox_content UNION SELECT outbox FROM mail_outbox_recipient) m
            WHERE id NOT IN (SELECT id FROM mail_outbox_content)
              OR (SELECT count(*) = 0 OR max(number) + 1 > count(*) FROM mail_outbox_recipient r WHERE r.outbox = m.id)
            """,
            static row => row.GetBytes(0));
        foreach (var id in lost)
        {
            // Recipients that are left of a mail with octets are still served; what can not be served at all goes.
            if (tx.ScalarInt64("SELECT 1 FROM mail_outbox_content WHERE id = ?1 AND id IN (SELECT outbox FROM mail_outbox_recipient)", id) is null)
            {
                tx.Execute("DELETE FROM mail_outbox WHERE id = ?1", id);
                tx.Execute("DELETE FROM mail_outbox_content WHERE id = ?1", id);
                tx.Execute("DELETE FROM mail_outbox_recipient WHERE outbox = ?1", id);
            }
        }

        return lost.Count;
    }
}
