using System.Text;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>Compares the full-text index with the heads.</summary>
internal static class SearchCheck
{
    public static void Compare(StoreReader store, List<string> differences)
    {
        var sql = store.Sql;
        Report("head {0} can be seen, but is neither indexed nor waits for it", "SELECT DISTINCT e.head FROM mail_uid u JOIN mail_entry e ON e.id = u.entry WHERE e.head NOT IN (SELECT head FROM mail_search UNION ALL SELECT head FROM mail_search_queue)");
        Report("head {0} is indexed and waits for it", "SELECT head FROM mail_search WHERE head IN (SELECT head FROM mail_search_queue)");
        Report("head {0} is indexed, but gone", "SELECT head FROM mail_search WHERE head NOT IN (SELECT id FROM mail_head)");
        Report("head {0} waits to be indexed, but is gone", "SELECT head FROM mail_search_queue WHERE head NOT IN (SELECT id FROM mail_head)");
        Report("head {0} is indexed without its texts", "SELECT head FROM mail_search WHERE id NOT IN (SELECT id FROM mail_search_header) OR id NOT IN (SELECT id FROM mail_search_body)");
        Report("head {0} is indexed, but is to be taken out", "SELECT head FROM mail_search WHERE id IN (SELECT id FROM mail_search_gone)");
        Report("head {0} is indexed without its terms", "SELECT head FROM mail_search WHERE id NOT IN (SELECT id FROM mail_search_grams_docsize)");
        foreach (var (table, what) in new[] { ("mail_search_header", "header"), ("mail_search_body", "body"), ("mail_search_grams_docsize", "terms") })
        {
            differences.AddRange(sql.Query($"SELECT id FROM {table} WHERE id NOT IN (SELECT id FROM mail_search UNION ALL SELECT id FROM mail_search_gone)", row => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the index has {what} of row {row.GetInt64(0)}, which no message has")));
        }

        sql.Scan(
            "SELECT s.head, t.text, h.header FROM mail_search s JOIN mail_search_header t ON t.id = s.id JOIN mail_head h ON h.id = s.head",
            row =>
            {
                var expected = SearchFold.Of(MessageWords.Header(row.GetBytes(2), SearchTable.MaxCharacters, out _));
                if (PackedText.Unpack(row.GetBytes(1)) is not { } kept || !kept.Span.SequenceEqual(Encoding.UTF8.GetBytes(expected)))
                {
                    differences.Add($"head {HexId.Format(HexId.Read(row.GetBytes(0)))} is indexed with another header");
                }

                return true;
            });

        void Report(string text, string query)
            => differences.AddRange(sql.Query(query, row => string.Format(System.Globalization.CultureInfo.InvariantCulture, text, HexId.Format(HexId.Read(row.GetBytes(0))))));
    }

    /// <summary>Compares kept texts and terms with the messages themselves, one by one. A message that is not here as a whole is passed over.</summary>
    public static IEnumerable<string> CompareTexts(MailAccount account)
    {
        var indexed = account.Store.Read(static reader => reader.Sql.Query(
            "SELECT s.id, e.id FROM mail_search s JOIN mail_entry e ON e.head = s.head WHERE s.whole = 1 GROUP BY s.id",
            static row => (Id: row.GetInt64(0), Entry: new EntryId(HexId.Read(row.GetBytes(1))))));
        return indexed.Where(row => !IsSame(account, row.Id, row.Entry)).Select(static row => $"entry {row.Entry} is indexed with other words");
    }

    private static bool IsSame(MailAccount account, long id, EntryId entry)
    {
        return account.Store.Read(reader =>
        {
            var (header, body) = account.Words(reader, entry, SearchTable.MaxCharacters, out var isWhole);
            return !isWhole || IsSame(reader.Sql, id, SearchFold.Of(header), SearchFold.Of(body));
        });
    }

    private static bool IsSame(ReadTransaction sql, long id, string header, string body)
    {
        if (sql.ScalarInt64("SELECT 1 FROM mail_search WHERE id = ?1", id) is null)
        {
            return true; // gone meanwhile
        }

        return sql.QueryFirstOrDefault("SELECT text FROM mail_search_body WHERE id = ?1", static row => row.GetBytes(0), id) is { } kept
            && PackedText.Unpack(kept) is { } text && text.Span.SequenceEqual(Encoding.UTF8.GetBytes(body))
            && Matches(SearchGrams.Query(header, SearchGrams.Header)) && Matches(SearchGrams.Query(body, SearchGrams.Body));

        bool Matches(string? query)
            => query is null || sql.ScalarInt64("SELECT 1 FROM mail_search_grams WHERE mail_search_grams MATCH ?1 AND rowid = ?2", query, id) is not null;
    }
}
