using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// Looks through a store: are the pages sound, has every document its place in the log, do the indexes say what the documents say? What follows
/// from documents can be made anew; a document itself is never changed.
/// </summary>
public static class StoreCheck
{
    /// <summary>Most faults that are listed; who has so many has a general one.</summary>
    public const int MaxFaults = 1000;

    private const int PageSize = 256;

    /// <summary>Every fault, in words that name ids only; empty when all is well. Reads everything, page by page; others go on meanwhile.</summary>
    public static IReadOnlyList<string> Compare(SoledadStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        var faults = new List<string>(store.Database.CheckIntegrity());
        if (faults.Count == 0)
        {
            // Of a damaged file nothing further can be said.
            store.Read(reader =>
            {
                CompareDocuments(reader.Sql, IndexWriter.Read(reader.Sql), faults);
                CompareTables(reader.Sql, faults);
                CompareGraves(reader, faults);
                return true;
            });
        }

        return faults.Count <= MaxFaults ? faults : [.. faults.Take(MaxFaults), "and more"];
    }

    /// <summary>Makes anew what follows from the documents: their types, the rows of the indexes, what graves tell, and a place in the log for those that have none, so that they are sent again.</summary>
    public static Task RepairAsync(SoledadStore store, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.WriteAsync(
            tx =>
            {
                foreach (var id in tx.Sql.Query("SELECT doc_id FROM document WHERE doc_id NOT IN (SELECT doc_id FROM transaction_log)", static row => row.GetText(0)))
                {
                    tx.Sql.Execute("INSERT INTO transaction_log(doc_id, transaction_id) VALUES (?1, ?2)", id, StoreReader.NewTransactionId());
                }

                foreach (var document in Pages(tx.Sql).Where(document => document.Type != TypeOf(document.Json)))
                {
                    tx.Sql.Execute("UPDATE document SET type = ?2 WHERE doc_id = ?1", document.Id, TypeOf(document.Json));
                }

                foreach (var grave in tx.GetByType(Grave.DocumentType).ToList())
                {
                    tx.Bury(grave);
                }

                store.Indexes.Rebuild(tx.Sql);
            },
            cancellationToken);
    }

    private static void CompareDocuments(ReadTransaction sql, IndexSet indexes, List<string> faults)
    {
        foreach (var document in Pages(sql))
        {
            if (faults.Count > MaxFaults)
            {
                return;
            }

            if (!Revision.TryParse(document.Rev, out _))
            {
                faults.Add($"document {document.Id} has no revision");
            }

            if (document.Json is not null && !DocumentJson.TryRead(document.Json, out _))
            {
                faults.Add($"document {document.Id} is no JSON object");
                continue;
            }

            var type = TypeOf(document.Json);
            if (document.Type != type)
            {
                faults.Add($"document {document.Id} is listed under another type");
                continue;
            }

            var expected = document.Json is not null && indexes.Wants(type) ? indexes.Evaluate(document.Json, type) : [];
            var actual = sql.Query("SELECT expression, value FROM index_value WHERE doc_id = ?1", static row => (row.GetInt64(0), row.GetText(1)), document.Id);
            if (!expected.ToHashSet().SetEquals(actual))
            {
                faults.Add($"document {document.Id} is indexed wrongly");
            }
        }
    }

    private static void CompareTables(ReadTransaction sql, List<string> faults)
    {
        Report("document {0} is not in the log", "SELECT doc_id FROM document WHERE doc_id NOT IN (SELECT doc_id FROM transaction_log)");
        Report("the log has a change of document {0}, which is not there", "SELECT DISTINCT doc_id FROM transaction_log WHERE doc_id NOT IN (SELECT doc_id FROM document) AND doc_id NOT IN (SELECT doc_id FROM buried)");
        Report("an index has document {0}, which is not there", "SELECT DISTINCT doc_id FROM index_value WHERE doc_id NOT IN (SELECT doc_id FROM document)");
        Report("document {0} is in conflict with one that is not there", "SELECT DISTINCT doc_id FROM conflict WHERE doc_id NOT IN (SELECT doc_id FROM document)");
        Report("document {0} has a number that was not given yet", "SELECT doc_id FROM document, store_identity i WHERE is_local AND writer = i.device_id AND document.seq > i.seq");

        void Report(string text, string query)
            => faults.AddRange(sql.Query(query + " LIMIT 1001", row => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, row.GetText(0))));
    }

    private static void CompareGraves(StoreReader reader, List<string> faults)
    {
        foreach (var (id, rev) in reader.GetByType(Grave.DocumentType).SelectMany(Grave.Read))
        {
            if (reader.Sql.ScalarText("SELECT rev FROM buried WHERE doc_id = ?1", id) is not { } known || Revision.Parse(rev).IsNewerThan(Revision.Parse(known)))
            {
                faults.Add($"the grave of document {id} is not in the table");
            }
        }
    }

    /// <summary>All documents, a page in memory at a time.</summary>
    private static IEnumerable<(string Id, string Rev, string? Json, string? Type)> Pages(ReadTransaction sql)
    {
        for (var last = ""; ;)
        {
            var page = sql.Query(
                "SELECT doc_id, rev, json, type FROM document WHERE doc_id > ?1 ORDER BY doc_id LIMIT ?2",
                static row => (Id: row.GetText(0), Rev: row.GetText(1), Json: row.GetTextOrNull(2), Type: row.GetTextOrNull(3)), last, PageSize);
            foreach (var document in page)
            {
                yield return document;
            }

            if (page.Count < PageSize)
            {
                yield break;
            }

            last = page[^1].Id;
        }
    }

    private static string? TypeOf(string? json) => json is not null && DocumentJson.TryRead(json, out var type) ? type : null;
}
