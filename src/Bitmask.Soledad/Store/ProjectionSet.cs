using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>The registered projections: sets up their tables and hands every change to those whom it concerns.</summary>
internal sealed class ProjectionSet(IReadOnlyList<IDocumentProjection> projections)
{
    private const int PageSize = 128;

    /// <summary>Brings the tables up to date; a projection that is new here gets all documents it handles.</summary>
    public void SetUp(WriteTransaction transaction)
    {
        foreach (var projection in projections)
        {
            var known = transaction.ScalarInt64("SELECT version FROM schema_version WHERE component = ?1", projection.Component);
            Migrations.Apply(transaction, projection.Migrations);
            if (known is null && projection.Migrations.Count > 0)
            {
                Fill(transaction, projection);
            }
        }
    }

    /// <summary>Hands all documents that it handles to a projection whose tables are empty.</summary>
    public static void Fill(WriteTransaction transaction, IDocumentProjection projection)
    {
        var types = transaction.Query("SELECT DISTINCT type FROM document WHERE type IS NOT NULL", static row => row.GetText(0));
        foreach (var type in types.Where(projection.Handles))
        {
            // Page by page: contents of many documents together may be larger than the memory.
            for (var last = ""; ;)
            {
                var page = transaction.Query(
                    "SELECT doc_id, rev, json FROM document WHERE type = ?1 AND doc_id > ?2 ORDER BY doc_id LIMIT ?3",
                    StoreReader.ReadDocument, type, last, PageSize);
                foreach (var document in page)
                {
                    projection.Apply(transaction, null, document);
                }

                if (page.Count < PageSize)
                {
                    break;
                }

                last = page[^1].Id;
            }
        }
    }

    public void Apply(WriteTransaction transaction, Document? before, string? typeBefore, Document after, string? typeAfter)
    {
        foreach (var projection in projections)
        {
            var old = typeBefore is not null && projection.Handles(typeBefore) ? before : null;
            var now = typeAfter is not null && projection.Handles(typeAfter) ? after : null;
            if (old is not null || now is not null)
            {
                projection.Apply(transaction, old, now);
            }
        }
    }

    public void Settle(StoreTransaction transaction, string id)
    {
        foreach (var projection in projections)
        {
            projection.Settle(transaction, id);
        }
    }
}
