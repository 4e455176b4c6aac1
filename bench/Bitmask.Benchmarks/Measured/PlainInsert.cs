using System.Globalization;
using Bitmask.Soledad;

namespace Bitmask.Benchmarks.Measured;

/// <summary>
/// The peer of the store and of the first sync: every row that our store writes for documents (document, log, index), by nothing but prepared
/// statements, in the same batches, into a file of the same kind with the same tables.
/// </summary>
internal sealed class PlainInsert
{
    private readonly (string Id, string Rev, string TransactionId)[] _rows;
    private readonly string _json;

    public PlainInsert(int count, string json)
    {
        var replica = Guid.NewGuid().ToString("n");
        _json = json;
        _rows = [.. Enumerable.Range(0, count).Select(i => (Id(i), replica + ":1", "T-" + Guid.NewGuid().ToString("n")))];
    }

    /// <summary>A document's id, as long as an entry's of a mail.</summary>
    public static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"M-{(uint)i * 2654435761:x8}{i:x24}");

    /// <summary>Writes all; <paramref name="index"/> is the index's expression, when there is one, and its value the same in all documents.</summary>
    public async Task RunAsync(SoledadStore store, int batch, long? index = null)
    {
        var writer = store.DeviceId.ToString();
        for (var from = 0; from < _rows.Length; from += batch)
        {
            var (begin, end) = (from, Math.Min(from + batch, _rows.Length));
            await store.Database.WriteAsync(tx =>
            {
                for (var i = begin; i < end; i++)
                {
                    var row = _rows[i];
                    tx.Execute("INSERT INTO document(doc_id, rev, json, type, writer, seq, is_local) VALUES (?1, ?2, ?3, 'flags', ?4, ?5, 1)", row.Id, row.Rev, _json, writer, i + 1);
                    tx.Execute("INSERT INTO transaction_log(doc_id, transaction_id) VALUES (?1, ?2)", row.Id, row.TransactionId);
                    if (index is { } expression)
                    {
                        tx.Execute("INSERT INTO index_value(expression, value, doc_id) VALUES (?1, 'flags', ?2)", expression, row.Id);
                    }
                }

                tx.Execute("UPDATE store_identity SET seq = ?1", end);
            });
        }
    }
}
