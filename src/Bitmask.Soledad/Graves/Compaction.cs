using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>How one compaction is done.</summary>
public sealed record CompactionOptions
{
    /// <summary>With fewer deletions nothing is written: a grave is a document, too.</summary>
    public int MinDeletions { get; set; } = 64;

    /// <summary>How much of the log is looked at together; for tests.</summary>
    internal int LogPieceRows { get; set; } = LogTrim.PieceRows;
}

/// <summary>What one compaction did.</summary>
/// <param name="Buried">Deletions that went into graves.</param>
/// <param name="Removed">Deletions that the provider does not keep any more.</param>
/// <param name="IsDone">False when this device and the provider were not in step, so that a later attempt has to do it.</param>
public sealed record CompactionReport(int Buried, int Removed, bool IsDone);

/// <summary>
/// Puts old deletions into graves and has the provider remove them (security.md A7). Old is what every device that still counts has acknowledged; the provider knows how far
/// that is, and a provider that lies about it gains nothing: a grave is as good as the deletions in it. They are removed only when the
/// graves are there.
/// </summary>
internal sealed class Compaction(SoledadStore store, IDocumentCodec codec, SyncWire wire, CompactionOptions options)
{
    private const int PageSize = CompactRequest.MaxItems;

    /// <summary>Writes graves; says of how many deletions.</summary>
    public async Task<int> BuryAsync(CancellationToken cancellationToken)
    {
        if (store.Read(static reader => reader.Sql.ScalarInt64("SELECT count(*) FROM document WHERE json IS NULL")) < options.MinDeletions)
        {
            return 0;
        }

        await AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
        if ((await wire.CompactAsync([], cancellationToken).ConfigureAwait(false)).Horizon is var horizon && horizon <= 0)
        {
            return 0;
        }

        var old = new List<Document>();
        for (string? last = ""; last is not null;)
        {
            var page = store.Read(reader => reader.Sql.Query(Tombstones, StoreReader.ReadDocument, last, PageSize, reader.Sql.ScalarText("SELECT device_id FROM store_identity")));
            old.AddRange(await OldAsync(page, horizon, cancellationToken).ConfigureAwait(false));
            last = page.Count < PageSize ? null : page[^1].Id;
        }

        if (old.Count < options.MinDeletions)
        {
            return 0;
        }

        foreach (var some in old.Chunk(Grave.MaxWritten))
        {
            await store.WriteAsync(tx => Write(tx, some), cancellationToken).ConfigureAwait(false);
        }

        return old.Count;
    }

    /// <summary>Has the provider remove what graves tell of; to be called when the graves are there. Says how many it removed.</summary>
    public async Task<int> RemoveAsync(CancellationToken cancellationToken)
    {
        var count = 0;
        for (string? last = ""; last is not null;)
        {
            var page = store.Read(reader => reader.Sql.Query(Buried, static row => (Id: row.GetText(0), Rev: row.GetText(1)), last, PageSize));
            last = page.Count < PageSize ? null : page[^1].Id;
            if (page.Count == 0)
            {
                break;
            }

            var named = page.ToDictionary(buried => codec.WireId(buried.Id), StringComparer.Ordinal);
            var answer = await wire.CompactAsync([.. named.Select(static one => new CompactItem(one.Key, one.Value.Rev))], cancellationToken).ConfigureAwait(false);
            var removed = answer.Removed.Where(named.ContainsKey).Select(wireId => named[wireId]).ToList();
            await store.WriteAsync(tx => removed.ForEach(one => tx.NoteRemoved(one.Id, one.Rev)), cancellationToken).ConfigureAwait(false);
            count += removed.Count;
        }

        return count;
    }

    /// <summary>What a device has, it tells with its next question; without news there is none.</summary>
    public async Task AcknowledgeAsync(CancellationToken cancellationToken)
    {
        var (generation, transactionId) = store.Read(static reader => SyncClient.TargetOf(reader) is { } target ? reader.GetSync(target) : (0, ""));
        var header = new SyncHeader { LastKnownGeneration = generation, LastKnownTransactionId = transactionId, SyncId = Guid.NewGuid().ToString() };
        await wire.GetAsync(header, async stream => await stream.ReadNewGenerationAsync(cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
    }

    // Not those that wait to be sent.
    private const string Tombstones = """
        SELECT doc_id, rev, json FROM document
        WHERE json IS NULL AND doc_id > ?1 AND NOT (is_local = 1 AND writer = ?3 AND seq > (SELECT acked_seq FROM store_identity))
        ORDER BY doc_id LIMIT ?2
        """;

    // Not those that came to life again.
    private const string Buried = """
        SELECT b.doc_id, b.rev FROM buried b
        WHERE b.is_removed = 0 AND b.doc_id > ?1 AND NOT EXISTS (SELECT 1 FROM document d WHERE d.doc_id = b.doc_id)
        ORDER BY b.doc_id LIMIT ?2
        """;

    /// <summary>Those that the provider has just so, and every device has seen.</summary>
    private async Task<List<Document>> OldAsync(List<Document> tombstones, long horizon, CancellationToken cancellationToken)
    {
        var byId = tombstones.ToDictionary(tombstone => codec.WireId(tombstone.Id), StringComparer.Ordinal);
        return tombstones.Count == 0 ? [] : await wire.QueryAsync(
            new DocumentsQuery { Ids = [.. byId.Keys], Content = false },
            async stream =>
            {
                var old = new List<Document>();
                await stream.ReadNewGenerationAsync(cancellationToken).ConfigureAwait(false);
                while (await stream.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is { } entry)
                {
                    if (byId.Remove(entry.Id, out var tombstone) && tombstone.Rev == entry.Rev && entry.Generation <= horizon)
                    {
                        old.Add(tombstone);
                    }
                }

                return old;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private static void Write(StoreTransaction transaction, IReadOnlyList<Document> tombstones)
    {
        var grave = new Grave();
        foreach (var tombstone in tombstones)
        {
            // Between the question and this somebody may have written it again.
            if (transaction.Get(tombstone.Id) == tombstone && !transaction.ForgetBuried(tombstone))
            {
                grave.Ids.Add(tombstone.Id, tombstone.Rev);
            }
        }

        if (grave.Ids.Count > 0)
        {
            transaction.Create(Grave.NewId(), grave.ToJson());
        }
    }
}
