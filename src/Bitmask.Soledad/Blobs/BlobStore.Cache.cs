using System.Collections.Concurrent;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>Chunks that are here, and the limit on them.</summary>
public sealed partial class BlobStore
{
    private readonly ConcurrentDictionary<long, long> _uses = new();
    private long _cached;
    private int _evicting;

    /// <summary>Chunks of a blob that are here, from one on, at most so many, up to the first that is missing.</summary>
    internal IReadOnlyList<byte[]> ReadChunks(BlobRow blob, long first, int count)
    {
        var start = (blob.Id << BlobSchema.ChunkBits) + first;
        var rows = _database.Read(tx => tx.Query(
            "SELECT id, octets FROM chunk WHERE id >= ?1 AND id < ?2 ORDER BY id", static row => (Id: row.GetInt64(0), Octets: row.GetBytes(1)),
            start, start + count));
        return [.. rows.TakeWhile((row, at) => row.Id == start + at).Select(static row => row.Octets)];
    }

    /// <summary>How many chunks from the first on are here without a gap.</summary>
    internal long ChunksFromStart(BlobRow blob)
    {
        if (blob.IsWhole)
        {
            return blob.Chunks;
        }

        // Fetching goes from the beginning on; only ranged reads leave gaps.
        var start = blob.Id << BlobSchema.ChunkBits;
        return _database.Read(tx => tx.ScalarInt64(
            "SELECT min(id) + 1 FROM chunk c WHERE id BETWEEN ?1 AND ?2 AND NOT EXISTS (SELECT 1 FROM chunk n WHERE n.id = c.id + 1) AND EXISTS (SELECT 1 FROM chunk f WHERE f.id = ?1)",
            start, start + blob.Chunks)) is { } end ? end - start : 0;
    }

    /// <summary>Keeps chunks that were fetched; those that came meanwhile stay. A blob that is whole now becomes stored.</summary>
    internal async Task SaveChunksAsync(BlobRow blob, long first, ReadOnlyMemory<byte> group, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(
            tx =>
            {
                var added = 0L;
                for (var at = 0; at < group.Length; at += SealedBlob.StoredChunkOctets)
                {
                    var chunk = group.Slice(at, Math.Min(SealedBlob.StoredChunkOctets, group.Length - at));
                    added += chunk.Length * (long)tx.Execute(
                        "INSERT INTO chunk(id, octets) SELECT ?2, ?3 WHERE EXISTS (SELECT 1 FROM blob WHERE id = ?1) ON CONFLICT DO NOTHING",
                        blob.Id, (blob.Id << BlobSchema.ChunkBits) + first + (at / SealedBlob.StoredChunkOctets), chunk);
                }

                tx.Execute("UPDATE blob SET cached = cached + ?2, state = CASE WHEN state = 4 AND cached + ?2 = size - ?3 THEN 3 ELSE state END WHERE id = ?1", blob.Id, added, SealedBlob.HeaderOctets);
                tx.AfterCommit(() => Interlocked.Add(ref _cached, added));
            },
            cancellationToken).ConfigureAwait(false);
        await EvictAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Drops a chunk that is not authentic, so that it is fetched again. False when the blob is nowhere else.</summary>
    internal Task<bool> DropChunkAsync(BlobRow blob, long chunk, CancellationToken cancellationToken) => _database.WriteAsync(
        tx =>
        {
            var octets = blob.ChunkLength(chunk);
            if (tx.Execute("DELETE FROM chunk WHERE id = ?1 AND (SELECT state FROM blob WHERE id = ?2) IN (3, 4)", (blob.Id << BlobSchema.ChunkBits) + chunk, blob.Id) == 0)
            {
                return false;
            }

            tx.Execute("UPDATE blob SET cached = cached - ?2, state = 4 WHERE id = ?1", blob.Id, octets);
            tx.AfterCommit(() => Interlocked.Add(ref _cached, -octets));
            return true;
        },
        cancellationToken);

    internal void Touch(BlobRow blob) => _uses[blob.Id] = Now;

    /// <summary>The row of a blob that a document refers to; made when the blob is not known here yet: then it is at the provider.</summary>
    internal async Task<BlobRow> RowOfAsync(BlobRef blob, CancellationToken cancellationToken) => Find(blob.Name) ?? await _database.WriteAsync(tx => RowOf(tx, blob), cancellationToken).ConfigureAwait(false);

    private BlobRow RowOf(WriteTransaction tx, BlobRef blob)
    {
        tx.Execute(
            "INSERT INTO blob(namespace, name, size, state, cached, own, used, created) VALUES ('', ?1, ?2, 4, 0, 0, ?3, ?3) ON CONFLICT DO NOTHING",
            blob.Name, SealedBlob.StoredSize(blob.Size), Now);
        return Find(tx, "", blob.Name)!;
    }

    private void WriteUses(WriteTransaction tx)
    {
        foreach (var (id, used) in _uses)
        {
            tx.Execute("UPDATE blob SET used = ?2 WHERE id = ?1", id, used);
            _uses.TryRemove(id, out _);
        }
    }

    /// <summary>Drops chunks of the blobs that were not used for longest until the cache is a tenth below its limit.</summary>
    private async Task EvictAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Read(ref _cached) <= _options.MaxCacheOctets || Interlocked.Exchange(ref _evicting, 1) != 0)
        {
            return;
        }

        try
        {
            await _database.WriteAsync(
                tx =>
                {
                    WriteUses(tx);
                    var goal = Interlocked.Read(ref _cached) - (_options.MaxCacheOctets / 10 * 9);
                    var freed = 0L;
                    while (freed < goal && tx.QueryFirstOrDefault<(long Id, long Cached)?>(
                        "SELECT id, cached FROM blob WHERE cached > 0 AND pinned = 0 AND state IN (3, 4) AND NOT EXISTS (SELECT 1 FROM transfer WHERE blob = blob.id) ORDER BY used LIMIT 1",
                        static row => (row.GetInt64(0), row.GetInt64(1))) is var (id, cached))
                    {
                        RemoveChunks(tx, id);
                        tx.Execute("UPDATE blob SET cached = 0, state = 4 WHERE id = ?1", id);
                        freed += cached;
                    }

                    tx.AfterCommit(() => Interlocked.Add(ref _cached, -freed));
                },
                cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _evicting, 0);
        }
    }
}
