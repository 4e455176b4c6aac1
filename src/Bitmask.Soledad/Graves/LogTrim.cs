using System.Globalization;

namespace Bitmask.Soledad;

/// <summary>
/// Takes rows out of the log of changes that nobody needs any more (docs/decisions/0031): those below what the provider has acknowledged whose document went on, or is in a grave. The latest row of each document
/// stays, for a re-join sends everything by the log; so does the row that the provider remembers, for it proves who this device is.
/// </summary>
internal sealed class LogTrim(SoledadStore store, SyncWire wire, int pieceRows)
{
    public const int PieceRows = 50_000;

    private const string DoneSetting = "log.trimmed";
    private const int DeletedAtOnce = 1000;

    /// <summary>Says how many rows went. Reads the log once for each piece of what is new in it; the writer is held for short times only.</summary>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        // What the provider remembers may be less than what it has: the row of that is the one it will name.
        var info = await wire.GetInfoAsync(cancellationToken).ConfigureAwait(false);
        var remembered = info?.SourceReplicaGeneration ?? 0;
        if (store.Read(reader => RejoinRun.IsOpen(reader) || reader.TransactionId(remembered) != (info?.SourceTransactionId ?? "")))
        {
            return 0; // the next sync tells what is wrong
        }

        for (var count = 0; ;)
        {
            var (done, end) = store.Read(reader => (Done(reader), Math.Min(remembered, SyncClient.AcknowledgedGeneration(reader))));
            if (done >= end)
            {
                return count;
            }

            var (superseded, upTo) = store.Read(reader => Find(reader, done, end));
            foreach (var some in superseded.Chunk(DeletedAtOnce))
            {
                await store.WriteAsync(
                    tx =>
                    {
                        foreach (var generation in some)
                        {
                            tx.Sql.Execute("DELETE FROM transaction_log WHERE generation = ?1", generation);
                        }
                    },
                    cancellationToken).ConfigureAwait(false);
            }

            await store.WriteAsync(tx => tx.SetSetting(DoneSetting, upTo.ToString(CultureInfo.InvariantCulture)), cancellationToken).ConfigureAwait(false);
            count += superseded.Count;
        }
    }

    private static long Done(StoreReader reader)
        => long.TryParse(reader.GetSetting(DoneSetting), NumberStyles.None, CultureInfo.InvariantCulture, out var generation) ? generation : 0;

    /// <summary>Rows below the acknowledged one that a row of the piece supersedes, or that no document has any more; and where the piece ends.</summary>
    private (List<long> Superseded, long UpTo) Find(StoreReader reader, long done, long end)
    {
        var latest = new Dictionary<string, long>(StringComparer.Ordinal);
        var upTo = done;
        foreach (var (generation, id) in reader.Sql.Query(
            "SELECT generation, doc_id FROM transaction_log WHERE generation > ?1 AND generation <= ?2 ORDER BY generation LIMIT ?3",
            static row => (row.GetInt64(0), row.GetText(1)), done, end, pieceRows))
        {
            (latest[id], upTo) = (generation, generation);
        }

        if (latest.Count == 0)
        {
            return ([], end);
        }

        var superseded = new List<long>();
        reader.Sql.Scan(
            "SELECT generation, doc_id, EXISTS (SELECT 1 FROM document d WHERE d.doc_id = l.doc_id) FROM transaction_log l WHERE generation < ?1 ORDER BY generation",
            row =>
            {
                var generation = row.GetInt64(0);
                if (!row.GetBoolean(2) || (latest.TryGetValue(row.GetText(1), out var last) && generation < last))
                {
                    superseded.Add(generation);
                }

                return true;
            },
            end);
        return (superseded, upTo);
    }
}
