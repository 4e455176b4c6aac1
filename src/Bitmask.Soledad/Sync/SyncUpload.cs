using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// What is to be sent, read page by page and sealed on all cores. While one batch is on its way the next is made; no more than these two are in
/// memory.
/// </summary>
internal sealed class SyncUpload(SoledadStore store, IDocumentCodec codec, SyncOptions options, long upTo, bool ownOnly)
{
    private const int PageRows = 1024;

    private const string Page = """
        SELECT l.generation, l.doc_id, l.transaction_id, octet_length(d.json)
        FROM transaction_log l JOIN document d ON d.doc_id = l.doc_id
        WHERE l.generation > ?1 AND l.generation <= ?2 AND (d.is_local OR NOT ?3)
          AND NOT EXISTS (SELECT 1 FROM compared c WHERE c.doc_id = d.doc_id AND c.rev = d.rev)
        ORDER BY l.generation LIMIT ?4
        """;

    private readonly Queue<Pending> _pending = new();
    private long _read;

    /// <summary>Sends all changes after a generation, batch by batch, oldest first; each call gets a batch and how many there are in all, about.</summary>
    public async Task RunAsync(long after, Func<IReadOnlyList<SyncEntry>, long, Task> send, CancellationToken cancellationToken)
    {
        _read = after;
        var total = store.Read(reader => reader.Sql.ScalarInt64(
            "SELECT count(*) FROM document WHERE is_local OR NOT ?1", ownOnly)) ?? 0;
        var batch = await NextAsync(cancellationToken).ConfigureAwait(false);
        while (batch.Count > 0)
        {
            var sending = send(batch, Math.Min(total, upTo - after));
            var making = NextAsync(cancellationToken);
            try
            {
                await sending.ConfigureAwait(false);
            }
            catch
            {
                await ((Task)making).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }

            batch = await making.ConfigureAwait(false);
        }
    }

    /// <summary>The next batch, numbered and sealed; empty at the end.</summary>
    private Task<List<SyncEntry>> NextAsync(CancellationToken cancellationToken) => Task.Run(
        async () =>
        {
            var changes = TakeBatch();
            var entries = new SyncEntry[changes.Count];
            var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.Parallelism, CancellationToken = cancellationToken };
            await Parallel.ForAsync(0, changes.Count, parallel, (i, _) =>
            {
                entries[i] = Encode(changes[i], i + 1, changes.Count);
                return ValueTask.CompletedTask;
            }).ConfigureAwait(false);
            return entries.ToList();
        },
        cancellationToken);

    private List<Pending> TakeBatch()
    {
        var batch = new List<Pending>();
        for (var octets = 0L; batch.Count < options.BatchDocuments && octets < options.BatchOctets;)
        {
            if (_pending.Count == 0 && !ReadPage())
            {
                break;
            }

            if (batch.Count > 0 && octets + _pending.Peek().Octets > options.BatchOctets)
            {
                break;
            }

            var change = _pending.Dequeue();
            batch.Add(change);
            octets += change.Octets;
        }

        return batch;
    }

    /// <summary>Reads on in the log; false when there is nothing left. Of a document that was changed more than once the page has the last change.</summary>
    private bool ReadPage()
    {
        while (_read < upTo)
        {
            var rows = store.Read(reader => reader.Sql.Query(Page, ReadRow, _read, upTo, ownOnly, PageRows));
            _read = rows.Count < PageRows ? upTo : rows[^1].Generation;
            var last = new Dictionary<string, long>(StringComparer.Ordinal);
            foreach (var row in rows)
            {
                last[row.Id] = row.Generation;
            }

            foreach (var row in rows.Where(row => last[row.Id] == row.Generation))
            {
                _pending.Enqueue(row);
            }

            if (_pending.Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    private static Pending ReadRow(Row row) => new(row.GetText(1), row.GetInt64(0), row.GetText(2), row.IsNull(3) ? 0 : row.GetInt64(3));

    private SyncEntry Encode(Pending change, int number, int count)
    {
        // The document may be newer than the change by now: then it is sent once more later, and both sides converge.
        var (document, writer) = store.Read(reader => (reader.Get(change.Id)!, reader.WriterOf(change.Id)));
        var encoded = writer is { Device: { } device, Seq: var seq }
            ? codec.Encode(document, new DocumentOrigin(device, seq))
            : codec.Encode(document, writer?.Seq ?? 0);
        return new SyncEntry
        {
            Id = encoded.WireId,
            Rev = encoded.Rev,
            Generation = change.Generation,
            TransactionId = change.TransactionId,
            NumberOfDocs = count,
            DocIdx = number,
            Content = encoded.Content,
        };
    }

    private sealed record Pending(string Id, long Generation, string TransactionId, long Octets);
}
