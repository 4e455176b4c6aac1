using System.Buffers;

namespace Bitmask.Soledad;

/// <summary>Writing new blobs.</summary>
public sealed partial class BlobStore
{
    /// <summary>Chunks in one write: a MiB.</summary>
    private const int GroupChunks = 16;

    /// <summary>
    /// Takes a content in, encrypts it under a new name and key, and has it uploaded. When this completes the blob is durable here; only then may the
    /// document with the reference be committed. A blob that no document ever refers to is removed after a while (<see cref="BlobCollector"/>).
    /// </summary>
    /// <param name="content">Read to its end, in constant memory.</param>
    /// <param name="priority">Of its upload.</param>
    /// <param name="cancellationToken">Ends it; nothing is kept then.</param>
    /// <exception cref="Bitmask.Sqlite.DatabaseException">It can not be stored; nothing is kept.</exception>
    public async Task<BlobRef> PutAsync(Stream content, BlobPriority priority = BlobPriority.Medium, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var name = BlobRef.NewName();
        using var sealer = new BlobSealer(name, BlobRef.NewKey(), "");
        var groups = (ArrayPool<byte>.Shared.Rent(GroupChunks * SealedBlob.StoredChunkOctets), ArrayPool<byte>.Shared.Rent(GroupChunks * SealedBlob.StoredChunkOctets));
        var (id, first) = (0L, 0L);
        var writing = Task.CompletedTask;
        try
        {
            while (true)
            {
                var (count, octets) = (0, 0);
                while (count < GroupChunks && !sealer.IsDone)
                {
                    octets += await sealer.NextAsync(content, groups.Item1.AsMemory(octets), cancellationToken).ConfigureAwait(false);
                    count++;
                }

                await writing.ConfigureAwait(false);
                var group = groups.Item1.AsMemory(0, octets);
                if (sealer.IsDone)
                {
                    await FinishPutAsync(id, first, group, sealer, name, priority, cancellationToken).ConfigureAwait(false);
                    return sealer.Finish();
                }

                // The next group is encrypted while this one is written.
                id = id == 0 ? await BeginPutAsync(name, cancellationToken).ConfigureAwait(false) : id;
                writing = WriteGroupAsync(id, first, group, cancellationToken);
                first += count;
                groups = (groups.Item2, groups.Item1);
            }
        }
        catch
        {
            await Task.WhenAny(writing).ConfigureAwait(false);
            await DropUnfinishedAsync(id).ConfigureAwait(false);
            throw;
        }
        finally
        {
            await Task.WhenAny(writing).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(groups.Item1);
            ArrayPool<byte>.Shared.Return(groups.Item2);
        }
    }

    private Task<long> BeginPutAsync(string name, CancellationToken cancellationToken) => _database.WriteAsync(
        tx =>
        {
            tx.Execute("INSERT INTO blob(namespace, name, size, state, cached, own, used, created) VALUES ('', ?1, 0, 0, 0, 1, ?2, ?2)", name, Now);
            return tx.LastInsertRowId;
        },
        cancellationToken);

    private Task WriteGroupAsync(long id, long first, ReadOnlyMemory<byte> group, CancellationToken cancellationToken) => _database.WriteAsync(
        tx =>
        {
            WriteChunks(tx, id, first, group);
            tx.Execute("UPDATE blob SET cached = cached + ?2 WHERE id = ?1", id, group.Length);
            tx.AfterCommit(() => Interlocked.Add(ref _cached, group.Length));
        },
        cancellationToken);

    private async Task FinishPutAsync(long id, long first, ReadOnlyMemory<byte> group, BlobSealer sealer, string name, BlobPriority priority, CancellationToken cancellationToken)
    {
        var size = SealedBlob.StoredSize(sealer.Size);
        await _database.WriteAsync(
            tx =>
            {
                // A small blob is this one write.
                tx.Execute(
                    """
                    INSERT INTO blob(namespace, name, size, state, cached, own, used, created) VALUES ('', ?1, ?2, 1, ?3, 1, ?4, ?4)
                    ON CONFLICT(namespace, name) DO UPDATE SET size = excluded.size, state = 1, cached = excluded.cached
                    """,
                    name, size, size - SealedBlob.HeaderOctets, Now);
                var row = id == 0 ? tx.LastInsertRowId : id;
                WriteChunks(tx, row, first, group);
                Enqueue(tx, row, isUpload: true, priority);
                tx.AfterCommit(() => Interlocked.Add(ref _cached, group.Length));
            },
            cancellationToken).ConfigureAwait(false);
        await EvictAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task DropUnfinishedAsync(long id)
    {
        if (id == 0)
        {
            return;
        }

        try
        {
            await _database.WriteAsync(tx =>
            {
                var octets = tx.ScalarInt64("SELECT cached FROM blob WHERE id = ?1", id) ?? 0;
                Remove(tx, id);
                tx.AfterCommit(() => Interlocked.Add(ref _cached, -octets));
            }).ConfigureAwait(false);
        }
        catch (Exception e) when (e is Bitmask.Sqlite.DatabaseException or ObjectDisposedException)
        {
            // The next opening removes it.
        }
    }

    private static void WriteChunks(Bitmask.Sqlite.WriteTransaction tx, long id, long first, ReadOnlyMemory<byte> group)
    {
        for (var at = 0; at < group.Length; at += SealedBlob.StoredChunkOctets)
        {
            var chunk = group.Slice(at, Math.Min(SealedBlob.StoredChunkOctets, group.Length - at));
            tx.Execute("INSERT OR REPLACE INTO chunk(id, octets) VALUES (?1, ?2)", (id << BlobSchema.ChunkBits) + first + (at / SealedBlob.StoredChunkOctets), chunk);
        }
    }
}
