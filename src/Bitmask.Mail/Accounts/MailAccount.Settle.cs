namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    private const int KeptChanges = 500_000;
    private static readonly TimeSpan LooseTime = TimeSpan.FromDays(30);

    /// <summary>
    /// Settles what a sync may have left open; to be called after each. It writes again what another device deleted without knowing of a
    /// copy here, puts messages whose mailbox was deleted meanwhile into the inbox, makes one mailbox of two with the same name, and
    /// deletes octets that lost their last message a month ago. Every device that does it comes to the same end. Cheap when there is nothing.
    /// </summary>
    public Task SettleAsync(CancellationToken cancellationToken = default)
        => WriteAsync(
            tx =>
            {
                Rescue(tx);
                MergeTwins(tx);
                TakeInOrphans(tx);
                DeleteLoose(tx);
                tx.Store.Sql.Execute("DELETE FROM mail_change WHERE sequence <= ?1", ChangeStream.Latest(tx.Store.Sql) - KeptChanges);
                return true;
            },
            cancellationToken);

    private static void Rescue(MailTransaction tx)
    {
        var rescued = tx.Store.Sql.Query("SELECT doc_id, json FROM mail_rescue ORDER BY doc_id", static row => (Id: row.GetText(0), Json: row.GetText(1)));
        foreach (var (id, json) in rescued)
        {
            tx.Store.Sql.Execute("DELETE FROM mail_rescue WHERE doc_id = ?1", id);
            if (tx.Store.Get(id) is null or { IsDeleted: true })
            {
                tx.Store.Create(id, json);
            }
        }
    }

    private static void MergeTwins(MailTransaction tx)
    {
        var names = tx.Store.Sql.Query("SELECT name FROM mail_mailbox GROUP BY name HAVING count(*) > 1", static row => row.GetText(0));
        foreach (var name in names)
        {
            var kept = FindByName(tx.Store.Sql, name)!;
            foreach (var twin in tx.Store.Sql.Query(SelectMailbox + "WHERE m.name = ?1", ReadMailbox, name).Where(mailbox => mailbox.Id != kept.Id))
            {
                foreach (var entry in EntriesOf(tx.Store.Sql, twin.Id))
                {
                    tx.Move(entry, kept.Id);
                }

                tx.DeleteDocument(DocumentIds.Of(twin.Id));
            }
        }
    }

    private void TakeInOrphans(MailTransaction tx)
    {
        var lost = tx.Store.Sql.Query(
            "SELECT DISTINCT mailbox FROM mail_pending WHERE mailbox NOT IN (SELECT id FROM mail_mailbox)", static row => new MailboxId(HexId.Read(row.GetBytes(0))));

        // A mailbox that never came may still come; one that is a tombstone will not.
        foreach (var mailbox in lost.Where(mailbox => tx.Store.Get(DocumentIds.Of(mailbox)) is { IsDeleted: true }))
        {
            var inbox = EnsureInbox(tx);
            foreach (var entry in EntriesOf(tx.Store.Sql, mailbox))
            {
                tx.Move(entry, inbox.Id);
            }
        }
    }

    private void DeleteLoose(MailTransaction tx)
    {
        var before = (Clock.GetUtcNow() - LooseTime).ToUnixTimeSeconds();
        foreach (var head in tx.Store.Sql.Query("SELECT head FROM mail_loose WHERE since < ?1", static row => new HeadId(HexId.Read(row.GetBytes(0))), before))
        {
            tx.Store.Sql.Execute("DELETE FROM mail_loose WHERE head = ?1", HexId.Bytes(head.Value));
            if (!HeadTable.IsNeeded(tx.Store.Sql, head))
            {
                tx.DeleteHead(head);
            }
        }
    }
}
