using System.Buffers;
using System.Security.Cryptography;

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
        await WriteAsync(sealer, content, name, 0, priority, cancellationToken).ConfigureAwait(false);
        return sealer.Finish();
    }

    /// <summary>
    /// Takes in again the content of a blob that a document refers to, when it is not wholly here: what was at hand need not be fetched, and when whoever
    /// made the blob never uploaded it, this device does. The same content under the same key is the same stored form.
    /// </summary>
    /// <param name="blob">The reference.</param>
    /// <param name="content">What is believed to be its content.</param>
    /// <param name="priority">Of its upload, should the provider not have it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>False, and nothing changed, when this is not the content.</returns>
    /// <exception cref="Bitmask.Sqlite.DatabaseException">It can not be stored.</exception>
    public async Task<bool> AdoptAsync(BlobRef blob, ReadOnlyMemory<byte> content, BlobPriority priority = BlobPriority.Medium, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (content.Length != blob.Size || !Convert.ToHexStringLower(SHA256.HashData(content.Span)).Equals(blob.Sha256, StringComparison.Ordinal))
        {
            return false; // a key never encrypts a second content
        }

        var row = await RowOfAsync(blob, cancellationToken).ConfigureAwait(false);
        if (row.State is BlobState.Local or BlobState.Uploading or BlobState.Stored && row.IsWhole)
        {
            return true;
        }

        using var sealer = new BlobSealer(blob.Name, blob.Key.ToArray(), "");
        await BeginAgainAsync(row, cancellationToken).ConfigureAwait(false);
        using var source = new ReadOnlyMemoryContent(content);
        var stream = await source.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            await WriteAsync(sealer, stream, blob.Name, row.Id, priority, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Seals a content and writes it; <paramref name="id"/> is the row when there is one already.</summary>
    private async Task WriteAsync(BlobSealer sealer, Stream content, string name, long id, BlobPriority priority, CancellationToken cancellationToken)
    {
        var isAgain = id != 0;
        var groups = (ArrayPool<byte>.Shared.Rent(GroupChunks * SealedBlob.StoredChunkOctets), ArrayPool<byte>.Shared.Rent(GroupChunks * SealedBlob.StoredChunkOctets));
        var first = 0L;
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
                    await FinishPutAsync(id, first, group, sealer, name, isAgain, priority, cancellationToken).ConfigureAwait(false);
                    return;
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

    /// <summary>What is here of it goes, because nobody has checked it; should this be cut, the row goes and the blob is at the provider as before.</summary>
    private Task BeginAgainAsync(BlobRow blob, CancellationToken cancellationToken) => _database.WriteAsync(
        tx =>
        {
            RemoveChunks(tx, blob.Id);
            var octets = tx.ScalarInt64("SELECT cached FROM blob WHERE id = ?1", blob.Id) ?? 0;
            tx.Execute("UPDATE blob SET state = 0, cached = 0, own = 1 WHERE id = ?1", blob.Id);
            tx.AfterCommit(() => Interlocked.Add(ref _cached, -octets));
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

    private async Task FinishPutAsync(long id, long first, ReadOnlyMemory<byte> group, BlobSealer sealer, string name, bool isAgain, BlobPriority priority, CancellationToken cancellationToken)
    {
        var size = SealedBlob.StoredSize(sealer.Size);
        await _database.WriteAsync(
            tx =>
            {
                // A small blob is this one write. One that was taken in again may be at the provider: that is asked before it is sent.
                tx.Execute(
                    """
                    INSERT INTO blob(namespace, name, size, state, cached, own, used, created) VALUES ('', ?1, ?2, ?5, ?3, 1, ?4, ?4)
                    ON CONFLICT(namespace, name) DO UPDATE SET size = excluded.size, state = ?5, cached = excluded.cached
                    """,
                    name, size, size - SealedBlob.HeaderOctets, Now, (int)(isAgain ? BlobState.Uploading : BlobState.Local));
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
