using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Compares the tables that mail is read from with the documents they follow from, and the tables of this device with the rules they
/// keep. Tests run it when a store closes; a person runs it when in doubt.
/// </summary>
public static class MailCheck
{
    /// <summary>Every difference, in words that name ids only; empty when all is well.</summary>
    public static IReadOnlyList<string> Compare(SoledadStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.Read(static reader =>
        {
            var differences = new List<string>();
            CompareMailboxes(reader, differences);
            CompareSubscriptions(reader, differences);
            CompareEntries(reader, differences);
            CompareHeads(reader, differences);
            CompareParts(reader, differences);
            CompareVisibility(reader.Sql, differences);
            CompareCounters(reader.Sql, differences);
            SearchCheck.Compare(reader, differences);
            return differences;
        });
    }

    /// <summary>
    /// The ids of all documents of a type that are not deleted, those included that wait to be written again: contents are read one by one.
    /// </summary>
    internal static List<string> Ids(StoreReader store, string type, string prefix)
        => store.Sql.Query(
            "SELECT doc_id FROM document WHERE type = ?1 UNION SELECT doc_id FROM mail_rescue WHERE substr(doc_id, 1, 2) = ?2 ORDER BY 1",
            static row => row.GetText(0), type, prefix);

    internal static string? Json(StoreReader store, string id)
        => store.Get(id)?.Json ?? store.Sql.ScalarText("SELECT json FROM mail_rescue WHERE doc_id = ?1", id);

    private static void CompareMailboxes(StoreReader store, List<string> differences)
    {
        var expected = Ids(store, MailboxDocument.DocumentType, "B-")
            .Select(id => MailboxRow.Read(id, Json(store, id))).OfType<MailboxRow>().Select(row => row with { Counter = 0 }).ToDictionary(row => row.Id);
        var actual = store.Sql.Query("SELECT id FROM mail_mailbox", static row => new MailboxId(HexId.Read(row.GetBytes(0))))
            .ToDictionary(id => id, id => MailboxTable.Find(store.Sql, id)!);
        Compare("mailbox", expected, actual, differences);
    }

    private static void CompareSubscriptions(StoreReader store, List<string> differences)
    {
        var expected = Ids(store, SubscriptionDocument.DocumentType, "S-")
            .Select(id => SubscriptionRow.Read(id, Json(store, id))).OfType<SubscriptionRow>().Select(row => row with { Counter = 0 }).ToDictionary(row => row.Id);
        var actual = store.Sql.Query("SELECT id FROM mail_subscription", static row => HexId.Read(row.GetBytes(0)))
            .ToDictionary(id => id, id => SubscriptionTable.Find(store.Sql, id)!);
        Compare("subscription", expected, actual, differences);
    }

    private static void CompareEntries(StoreReader store, List<string> differences)
    {
        var owed = store.Sql.Query("SELECT DISTINCT entry FROM mail_owed", static row => new EntryId(HexId.Read(row.GetBytes(0)))).ToDictionary(DocumentIds.Of);
        var expected = Ids(store, EntryDocument.DocumentType, "M-").Union(owed.Keys)
            .Select(id => owed.TryGetValue(id, out var entry) ? OwedTable.Read(store, entry) is { } document ? EntryRow.Read(entry, document) : null : EntryRow.Read(id, Json(store, id)))
            .Select(static read => read?.Row).OfType<EntryRow>().ToDictionary(row => row.Id);
        var actual = store.Sql.Query("SELECT id FROM mail_entry", static row => new EntryId(HexId.Read(row.GetBytes(0))))
            .ToDictionary(id => id, id => EntryTable.Find(store.Sql, id)!);
        Compare("entry", expected, actual, differences);
    }

    private static void CompareHeads(StoreReader store, List<string> differences)
    {
        var seen = new HashSet<HeadId>();
        var threads = store.Sql.Query("SELECT key, sent, head FROM mail_thread", static row => (HexId.Read(row.GetBytes(0)), row.GetInt64(1), new HeadId(HexId.Read(row.GetBytes(2))))).ToHashSet();
        foreach (var id in Ids(store, HeadDocument.DocumentType, "H-"))
        {
            if (HeadRow.Read(id, Json(store, id)) is not { } expected)
            {
                continue;
            }

            seen.Add(expected.Id);
            ThreadTable.Compare(expected, threads, differences);
            OrderTable.Compare(store.Sql, expected, differences);
            var same = store.Sql.QueryFirstOrDefault<bool?>(
                "SELECT size, envelope, structure, preview, header, thread FROM mail_head WHERE id = ?1",
                row => row.GetInt64(0) == expected.Size && row.GetBytes(1).AsSpan().SequenceEqual(expected.Envelope)
                    && row.GetBytes(2).AsSpan().SequenceEqual(expected.Structure) && row.GetText(3) == expected.Preview
                    && row.GetBytes(4).AsSpan().SequenceEqual(expected.Header) && row.GetBytesOrNull(5) is { } thread && HexId.Read(thread) == expected.Thread.Value,
                HexId.Bytes(expected.Id.Value));
            if (same != true || !HeadTable.PartsOf(store.Sql, expected.Id).SequenceEqual(expected.Parts))
            {
                differences.Add($"head {expected.Id} {(same is null ? "is missing" : "differs")}");
            }
        }

        foreach (var extra in store.Sql.Query("SELECT id FROM mail_head", static row => new HeadId(HexId.Read(row.GetBytes(0)))).Where(id => !seen.Contains(id)))
        {
            differences.Add($"head {extra} has no document");
        }

        OrderTable.Compare(store.Sql, differences);
        differences.AddRange(threads.Select(static row => $"head {row.Item3} is in a thread that it does not belong to"));
    }

    private static void CompareParts(StoreReader store, List<string> differences)
    {
        var expected = Ids(store, PartDocument.DocumentType, "C-").ToHashSet();
        var actual = store.Sql.Query("SELECT part FROM mail_part_present", static row => row.GetText(0)).ToHashSet();
        differences.AddRange(expected.Except(actual).Select(id => $"part {id} is missing"));
        differences.AddRange(actual.Except(expected).Select(id => $"part {id} has no document"));
        differences.AddRange(store.Sql.Query(
            "SELECT id FROM mail_head h WHERE missing <> (SELECT count(*) FROM mail_part p WHERE p.head = h.id AND p.part NOT IN (SELECT part FROM mail_part_present))",
            static row => $"head {new HeadId(HexId.Read(row.GetBytes(0)))} miscounts its parts"));
    }

    private static void CompareVisibility(ReadTransaction sql, List<string> differences)
    {
        const string Complete =
            "SELECT e.id FROM mail_entry e JOIN mail_mailbox m ON m.id = e.mailbox JOIN mail_head h ON h.id = e.head WHERE h.missing = 0";
        Report("entry {0} is complete, but can not be seen", Complete + " AND e.id NOT IN (SELECT entry FROM mail_uid) AND NOT e." + OwedTable.IsDoomed);
        Report("entry {0} has a UID, but no row", "SELECT entry FROM mail_uid WHERE entry NOT IN (SELECT id FROM mail_entry)");
        Report("entry {0} neither waits nor can be seen", "SELECT id FROM mail_entry WHERE id NOT IN (SELECT entry FROM mail_uid UNION ALL SELECT entry FROM mail_pending) AND NOT " + OwedTable.IsDoomed);
        Report("entry {0} waits and can be seen", "SELECT entry FROM mail_pending WHERE entry IN (SELECT entry FROM mail_uid)");
        Report("entry {0} waits, but has no row", "SELECT entry FROM mail_pending WHERE entry NOT IN (SELECT id FROM mail_entry)");
        Report("entry {0} has a UID in another mailbox", "SELECT u.entry FROM mail_uid u JOIN mail_entry e ON e.id = u.entry LEFT JOIN mail_mailbox_uid b ON b.box = u.box WHERE b.mailbox IS NOT e.mailbox");
        Report("entry {0} has a UID that was not given", "SELECT u.entry FROM mail_uid u JOIN mail_mailbox_uid b ON b.box = u.box WHERE u.uid >= b.uid_next OR u.uid < 1");
        Report("entry {0} changed in the future", "SELECT entry FROM mail_uid WHERE modseq > (SELECT seq FROM sqlite_sequence WHERE name = 'mail_change')");
        Report("entry {0} is to be deleted, but can be seen", "SELECT entry FROM mail_uid WHERE entry IN (SELECT entry FROM mail_owed WHERE kind = 3)");
        Report("mailbox {0} has no UID table", "SELECT id FROM mail_mailbox WHERE id NOT IN (SELECT mailbox FROM mail_mailbox_uid)");

        void Report(string text, string query)
            => differences.AddRange(sql.Query(query, row => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, HexId.Format(HexId.Read(row.GetBytes(0))))));
    }

    private static void CompareCounters(ReadTransaction sql, List<string> differences)
        => differences.AddRange(sql.Query(
            """
            SELECT m.id FROM mail_mailbox m
            LEFT JOIN (
              SELECT b.mailbox, count(*) messages, sum(e.flags & 1 = 0) unseen, sum(e.flags & 8 <> 0) deleted, sum(e.size) size
              FROM mail_uid u JOIN mail_mailbox_uid b ON b.box = u.box JOIN mail_entry e ON e.id = u.entry GROUP BY b.mailbox) c ON c.mailbox = m.id
            WHERE (m.messages, m.unseen, m.deleted, m.size) <> (ifnull(c.messages, 0), ifnull(c.unseen, 0), ifnull(c.deleted, 0), ifnull(c.size, 0))
            """,
            static row => $"mailbox {new MailboxId(HexId.Read(row.GetBytes(0)))} miscounts"));

    private static void Compare<TKey, TRow>(string kind, Dictionary<TKey, TRow> expected, Dictionary<TKey, TRow> actual, List<string> differences)
        where TKey : notnull
        where TRow : class
    {
        foreach (var (id, row) in expected)
        {
            if (!actual.TryGetValue(id, out var there) || !there.Equals(row))
            {
                differences.Add($"{kind} {id} {(there is null ? "is missing" : "differs")}");
            }
        }

        differences.AddRange(actual.Keys.Where(id => !expected.ContainsKey(id)).Select(id => $"{kind} {id} has no document"));
    }
}
