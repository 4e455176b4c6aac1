using System.Security.Cryptography;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// Keeps the rows of the indexes in step with the documents, inside the transaction that changes them. Used by the writer's thread only.
/// </summary>
internal sealed class IndexWriter
{
    private const int PageSize = 128;

    private IndexSet _set = new(0, []);

    /// <summary>The definitions as the transaction sees them; parsed again only when they have changed.</summary>
    public IndexSet Load(WriteTransaction transaction)
    {
        // A new random stamp with each change: what a rolled back transaction defined is never taken for what is.
        if (_set.Stamp != Stamp(transaction))
        {
            _set = Read(transaction);
        }

        return _set;
    }

    /// <summary>The definitions as a view shows them.</summary>
    public static IndexSet Read(ReadTransaction transaction) => new(Stamp(transaction), transaction.Query(
        "SELECT id, document_type, expression FROM index_expression",
        static row => new IndexedExpression(row.GetInt64(0), row.GetTextOrNull(1), IndexExpressionParser.Parse(row.GetText(2)))));

    /// <summary>Takes over one change of a document; only the rows that differ are written.</summary>
    public static void Apply(WriteTransaction transaction, IndexSet set, string? typeBefore, bool existed, Document after, string? typeAfter)
    {
        var wants = after.Json is not null && set.Wants(typeAfter);
        if (!wants && !(existed && set.Wants(typeBefore)))
        {
            return;
        }

        var rows = wants ? set.Evaluate(after.Json!, typeAfter) : [];
        if (existed)
        {
            var stale = transaction.Query("SELECT expression, value FROM index_value WHERE doc_id = ?1", static row => (row.GetInt64(0), row.GetText(1)), after.Id);
            foreach (var row in stale.Where(row => !rows.Remove(row)))
            {
                transaction.Execute("DELETE FROM index_value WHERE expression = ?1 AND value = ?2 AND doc_id = ?3", row.Item1, row.Item2, after.Id);
            }
        }

        Insert(transaction, rows, after.Id);
    }

    /// <summary>Defines an index and fills it from the documents there are; nothing when the same index is there.</summary>
    public void Create(WriteTransaction transaction, IndexDefinition definition)
    {
        var parsed = definition.Expressions.Select(IndexExpressionParser.Parse).ToList();
        var known = IndexQueries.Find(transaction, definition.Name);
        if (known is not null)
        {
            if (known.Equals(definition))
            {
                return;
            }

            throw new IndexNameTakenException(definition.Name);
        }

        var added = new List<IndexedExpression>();
        for (var i = 0; i < parsed.Count; i++)
        {
            var id = transaction.ScalarInt64(
                "SELECT id FROM index_expression WHERE expression = ?1 AND document_type IS ?2", definition.Expressions[i], definition.DocumentType);
            if (id is null)
            {
                transaction.Execute("INSERT INTO index_expression(expression, document_type) VALUES (?1, ?2)", definition.Expressions[i], definition.DocumentType);
                id = transaction.LastInsertRowId;
                added.Add(new IndexedExpression(id.Value, definition.DocumentType, parsed[i]));
            }

            transaction.Execute("INSERT INTO index_definition(name, position, expression) VALUES (?1, ?2, ?3)", definition.Name, i, id);
        }

        Fill(transaction, new IndexSet(0, added));
        ChangeStamp(transaction);
    }

    /// <summary>Removes an index, and the rows that no other index shares.</summary>
    public void Delete(WriteTransaction transaction, string name)
    {
        if (transaction.Execute("DELETE FROM index_definition WHERE name = ?1", name) == 0)
        {
            return;
        }

        const string unused = "SELECT id FROM index_expression WHERE id NOT IN (SELECT expression FROM index_definition)";
        transaction.Execute($"DELETE FROM index_value WHERE expression IN ({unused})");
        transaction.Execute($"DELETE FROM index_expression WHERE id IN ({unused})");
        ChangeStamp(transaction);
    }

    /// <summary>Makes all rows anew from the documents.</summary>
    public void Rebuild(WriteTransaction transaction)
    {
        transaction.Execute("DELETE FROM index_value");
        Fill(transaction, Load(transaction));
    }

    private static void Fill(WriteTransaction transaction, IndexSet set)
    {
        foreach (var type in set.Expressions.Select(static expression => expression.DocumentType).Distinct())
        {
            var part = set with { Expressions = [.. set.Expressions.Where(expression => expression.DocumentType == type)] };
            // Page by page: contents of many documents together may be larger than the memory.
            for (var last = ""; ;)
            {
                var page = type is null
                    ? transaction.Query("SELECT doc_id, type, json FROM document WHERE json IS NOT NULL AND doc_id > ?1 ORDER BY doc_id LIMIT ?2", ReadContent, last, PageSize)
                    : transaction.Query("SELECT doc_id, type, json FROM document WHERE type = ?1 AND doc_id > ?2 ORDER BY doc_id LIMIT ?3", ReadContent, type, last, PageSize);
                foreach (var (id, documentType, json) in page)
                {
                    Insert(transaction, part.Evaluate(json, documentType), id);
                }

                if (page.Count < PageSize)
                {
                    break;
                }

                last = page[^1].Id;
            }
        }
    }

    private static void Insert(WriteTransaction transaction, IEnumerable<(long Expression, string Value)> rows, string id)
    {
        foreach (var (expression, value) in rows)
        {
            transaction.Execute("INSERT INTO index_value(expression, value, doc_id) VALUES (?1, ?2, ?3)", expression, value, id);
        }
    }

    private static long Stamp(ReadTransaction transaction) => transaction.ScalarInt64("SELECT index_stamp FROM store_identity") ?? 0;

    private static void ChangeStamp(WriteTransaction transaction)
        => transaction.Execute("UPDATE store_identity SET index_stamp = ?1", 1 + (long)(BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)) >> 2));

    private static (string Id, string? Type, string Json) ReadContent(Row row) => (row.GetText(0), row.GetTextOrNull(1), row.GetText(2));
}
