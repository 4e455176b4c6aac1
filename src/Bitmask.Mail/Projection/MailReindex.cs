using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>Derives the tables that mail is read from anew. What only this device knows stays: UIDs, UIDVALIDITY, mod-sequences, the outbox.</summary>
public static class MailReindex
{
    private const int SettledAtOnce = 1000;

    /// <summary>Does it, in one transaction. Clients notice nothing, unless a table was wrong.</summary>
    public static async Task RunAsync(SoledadStore store, MailProjection projection, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(projection);
        while (!await store.WriteAsync(tx => TryRun(tx, projection), cancellationToken).ConfigureAwait(false))
        {
            // What is owed is written first, in transactions of its own: their sums are over the tables of before.
            await store.WriteAsync(static tx => OwedTable.SettleSome(tx, SettledAtOnce), cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool TryRun(StoreTransaction tx, MailProjection projection)
    {
        if (OwedTable.Any(tx.Sql))
        {
            return false;
        }

        // 1. The projections go; mailboxes keep their UID tables, messages their UIDs. A subscription is news when it changes: these are mended in place.
        tx.Sql.ExecuteScript(
            """
            CREATE TEMP TABLE mail_entry_until_now AS SELECT id, flags, keywords, tags FROM mail_entry;
            DELETE FROM mail_mailbox; DELETE FROM mail_entry; DELETE FROM mail_pending;
            DELETE FROM mail_head; DELETE FROM mail_order; DELETE FROM mail_thread; DELETE FROM mail_part; DELETE FROM mail_part_present;
            """);
        SearchTable.Clear(tx.Sql);

        // 2. Parts before heads before mailboxes before entries: every entry finds the rest when its turn comes.
        foreach (var (type, prefix) in new[]
        {
            (PartDocument.DocumentType, "C-"), (HeadDocument.DocumentType, "H-"), (MailboxDocument.DocumentType, "B-"), (SubscriptionDocument.DocumentType, "S-"), (EntryDocument.DocumentType, "M-"),
        })
        {
            foreach (var id in MailCheck.Ids(tx, type, prefix))
            {
                projection.Apply(tx.Sql, null, new Document(id, "", MailCheck.Json(tx, id)));
            }
        }

        var subscriptions = MailCheck.Ids(tx, SubscriptionDocument.DocumentType, "S-").ToHashSet();
        foreach (var id in tx.Sql.Query("SELECT id FROM mail_subscription", static row => DocumentIds.OfSubscription(HexId.Read(row.GetBytes(0)))).Where(id => !subscriptions.Contains(id)))
        {
            projection.Apply(tx.Sql, null, new Document(id, "", null));
        }

        // 3. UIDs of what is not there go like those of any deleted message; flags that were wrong are news.
        projection.Visibility.DropStrays(tx.Sql);
        var wrong = tx.Sql.Query(
            "SELECT e.id FROM mail_entry e JOIN temp.mail_entry_until_now o ON o.id = e.id WHERE o.flags <> e.flags OR o.keywords IS NOT e.keywords OR o.tags IS NOT e.tags",
            static row => new EntryId(HexId.Read(row.GetBytes(0))));
        foreach (var entry in wrong)
        {
            projection.Visibility.Touch(tx.Sql, entry);
        }

        tx.Sql.ExecuteScript("DROP TABLE temp.mail_entry_until_now");
        return true;
    }
}
