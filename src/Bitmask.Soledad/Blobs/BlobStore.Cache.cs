using System.Collections.Concurrent;
using Bitmask.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Soledad;

/// <summary>Chunks that are here, and the limit on them.</summary>
public sealed partial class BlobStore
{
    private readonly ConcurrentDictionary<long, long> _uses = new();
    private long _cached;
    private int _evicting;

    /// <summary>
    /// Copies the chunks of a blob that are here, from one on, one behind the other, until the buffer has no room for another (of full size) or one is missing. Answers
    /// how many octets that is. What should be here and can not be read is zeros: no chunk is authentic then, which is what the reader has to find.
    /// </summary>
    internal int ReadChunks(BlobRow blob, long first, Memory<byte> buffer)
    {
        var end = Math.Min(blob.Chunks, first + (buffer.Length / SealedBlob.StoredChunkOctets));
        for (string? missed = null; ;)
        {
            var (name, octets) = Gather(blob, first, end, buffer);
            if (name is null || octets == 0)
            {
                return octets;
            }

            using var file = _files.OpenToRead(name);
            if (file is not null || name == missed)
            {
                var read = file is null ? 0 : BlobFiles.Read(file, buffer.Span[..octets], BlobFiles.Place(first));
                buffer.Span[read..octets].Clear();
                return octets;
            }

            missed = name; // dropped meanwhile: the row has another name now, or never will
        }
    }

    /// <summary>Opens the file of a blob that is here as a whole; null when it is kept in rows.</summary>
    internal SafeFileHandle? OpenFile(BlobRow blob)
        => Find(blob.Name, blob.Namespace) is not { IsWhole: true } now ? throw NotWhole(blob)
            : now.File is { } name ? _files.OpenToRead(name) ?? throw NotWhole(blob)
            : null;

    /// <summary>Reads all chunks of a blob into a buffer with room for them, the last as if it were full; false when not all of it is here.</summary>
    internal bool TryReadWhole(BlobRow blob, Memory<byte> buffer)
    {
        var wanted = (int)blob.Size - SealedBlob.HeaderOctets;
        try
        {
            using var file = OpenFile(blob);
            return (file is null ? ReadChunks(blob, 0, buffer) : BlobFiles.Read(file, buffer.Span[..wanted], 0)) == wanted;
        }
        catch (IOException e) when (e is not DatabaseException)
        {
            return false;
        }
    }

    internal static IOException NotWhole(BlobRow blob) => new($"Blob {blob.Name} is not wholly here any more.");

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
    internal Task SaveChunksAsync(BlobRow blob, long first, ReadOnlyMemory<byte> group, CancellationToken cancellationToken)
        => SaveManyAsync([(blob, first, group)], cancellationToken);

    /// <summary>As <see cref="SaveChunksAsync"/>, for many at once.</summary>
    internal async Task SaveManyAsync(IReadOnlyList<(BlobRow Blob, long First, ReadOnlyMemory<byte> Group)> groups, CancellationToken cancellationToken)
    {
        foreach (var (blob, first, group) in groups.Where(static group => group.Blob.File is not null))
        {
            using var file = _files.OpenToWrite(blob.File!);
            WriteChunks(file, first, group.Span);
        }

        await _database.WriteAsync(
            tx =>
            {
                foreach (var (blob, first, group) in groups)
                {
                    Enter(tx, blob, first, first + ((group.Length + SealedBlob.StoredChunkOctets - 1) / SealedBlob.StoredChunkOctets), group);
                }
            },
            cancellationToken).ConfigureAwait(false);
        await EvictAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Opens the file that a blob is fetched into; null when it is kept in rows.</summary>
    internal SafeFileHandle? OpenFileToWrite(BlobRow blob) => blob.File is null ? null : _files.OpenToWrite(blob.File);

    /// <summary>Writes chunks that were fetched to a blob's file. They are here when they are entered, too. Not synced: should a power cut take them, they are fetched again.</summary>
    internal void WriteChunks(SafeFileHandle file, long first, ReadOnlySpan<byte> chunks) => _files.Write(file, chunks, BlobFiles.Place(first));

    /// <summary>Enters chunks that were written to a blob's file.</summary>
    internal async Task EnterChunksAsync(BlobRow blob, long first, long end, CancellationToken cancellationToken)
    {
        await _database.WriteAsync(tx => Enter(tx, blob, first, end, default), cancellationToken).ConfigureAwait(false);
        await EvictAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Enters chunks, with their octets when the blob is kept in rows.</summary>
    private void Enter(WriteTransaction tx, BlobRow blob, long first, long end, ReadOnlyMemory<byte> chunks)
    {
        if (tx.ScalarInt64("SELECT 1 FROM blob WHERE id = ?1 AND file IS ?2", blob.Id, blob.File) is null)
        {
            RemoveFile(tx, blob.File); // dropped meanwhile: nobody will look for it there
            return;
        }

        var added = 0L;
        for (var chunk = first; chunk < end; chunk++)
        {
            var octets = blob.ChunkLength(chunk);
            added += octets * (long)tx.Execute(
                "INSERT INTO chunk(id, octets) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
                (blob.Id << BlobSchema.ChunkBits) + chunk, blob.File is null ? chunks.Slice((int)(chunk - first) * SealedBlob.StoredChunkOctets, octets) : Array.Empty<byte>());
        }

        tx.Execute("UPDATE blob SET cached = cached + ?2, state = CASE WHEN state = 4 AND cached + ?2 = size - ?3 THEN 3 ELSE state END WHERE id = ?1", blob.Id, added, SealedBlob.HeaderOctets);
        tx.Execute("DELETE FROM transfer WHERE blob = ?1 AND direction = 2 AND (SELECT state FROM blob WHERE id = ?1) = 3", blob.Id);
        tx.AfterCommit(() => Interlocked.Add(ref _cached, added));
    }

    /// <summary>Which chunks are here without a gap: those of rows are copied; of those in a file only the file's name and their octets are known after this.</summary>
    private (string? File, int Octets) Gather(BlobRow blob, long first, long end, Memory<byte> buffer) => _database.Read(tx =>
    {
        var name = tx.ScalarText("SELECT file FROM blob WHERE id = ?1", blob.Id);
        var (start, next, octets) = (blob.Id << BlobSchema.ChunkBits, first, 0);
        tx.Query("SELECT id, octets FROM chunk WHERE id >= ?1 AND id < ?2 ORDER BY id", Take, start + first, start + end);
        return (name, octets);

        bool Take(Row row)
        {
            if (row.GetInt64(0) != start + next)
            {
                return false;
            }

            octets += name is null ? row.CopyBytes(1, buffer.Span[octets..]) : blob.ChunkLength(next);
            next++;
            return true;
        }
    });

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
            "INSERT INTO blob(namespace, name, size, state, cached, own, used, created, file) VALUES ('', ?1, ?2, 4, 0, 0, ?3, ?3, ?4) ON CONFLICT DO NOTHING",
            blob.Name, SealedBlob.StoredSize(blob.Size), Now, BlobFiles.NewName(SealedBlob.StoredSize(blob.Size)));
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
                    while (freed < goal && tx.QueryFirstOrDefault(
                        $"SELECT {BlobRow.Columns} FROM blob b WHERE b.cached > 0 AND b.pinned = 0 AND b.state IN (3, 4) AND NOT EXISTS (SELECT 1 FROM transfer WHERE blob = b.id) ORDER BY b.used LIMIT 1",
                        BlobRow.Read) is { } blob)
                    {
                        Forget(tx, blob);
                        freed += blob.Cached;
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
