using System.Buffers;
using System.Security.Cryptography;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>Writing new blobs.</summary>
public sealed partial class BlobStore
{
    /// <summary>Octets in one write: at least as many chunks as a blob may have that is kept in rows.</summary>
    private const int GroupOctets = 3 * SealedBlob.StoredChunkOctets;

    /// <summary>
    /// Takes a content in, encrypts it under a new name and key, and has it uploaded. When this completes the blob is durable here; only then may the
    /// document with the reference be committed. A blob that no document ever refers to is removed after a while (<see cref="BlobCollector"/>).
    /// </summary>
    /// <param name="content">Read to its end, in constant memory.</param>
    /// <param name="priority">Of its upload.</param>
    /// <param name="cancellationToken">Ends it; nothing is kept then.</param>
    /// <exception cref="DatabaseException">It can not be stored; nothing is kept.</exception>
    public async Task<BlobRef> PutAsync(Stream content, BlobPriority priority = BlobPriority.Medium, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(content);
        var name = BlobRef.NewName();
        using var sealer = new BlobSealer(name, BlobRef.NewKey(), "");
        await WriteAsync(sealer, content, name, isAgain: false, priority, cancellationToken).ConfigureAwait(false);
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
    /// <exception cref="DatabaseException">It can not be stored.</exception>
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
        using var source = new ReadOnlyMemoryContent(content);
        var stream = await source.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            await WriteAsync(sealer, stream, blob.Name, isAgain: true, priority, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Seals a content and writes it: to rows when it is small, else to a file that gets its row when it is whole and on the disk.</summary>
    private async Task WriteAsync(BlobSealer sealer, Stream content, string name, bool isAgain, BlobPriority priority, CancellationToken cancellationToken)
    {
        var group = ArrayPool<byte>.Shared.Rent(GroupOctets);
        string? path = null;
        try
        {
            var octets = await FillAsync().ConfigureAwait(false);
            if (sealer.IsDone && BlobFiles.NewName(octets + SealedBlob.HeaderOctets) is null)
            {
                await FinishPutAsync(sealer, name, null, group.AsMemory(0, octets), isAgain, priority, cancellationToken).ConfigureAwait(false);
                return;
            }

            path = BlobFiles.NewName(long.MaxValue)!;
            using (var file = _files.OpenToWrite(path))
            {
                for (var at = 0L; ; octets = await FillAsync().ConfigureAwait(false))
                {
                    _files.Write(file, group.AsSpan(0, octets), at);
                    at += octets;
                    if (sealer.IsDone)
                    {
                        break;
                    }
                }

                await _files.SyncAsync(file).ConfigureAwait(false);
            }

            await FinishPutAsync(sealer, name, path, default, isAgain, priority, cancellationToken).ConfigureAwait(false);
        }
        catch when (path is not null)
        {
            // Unless it was committed and only what came after failed, as dropping others from a full cache.
            if (Find(name)?.File != path)
            {
                _files.Remove(path);
            }

            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(group);
        }

        async ValueTask<int> FillAsync()
        {
            var filled = 0;
            while (filled < GroupOctets && !sealer.IsDone)
            {
                filled += await sealer.NextAsync(content, group.AsMemory(filled), cancellationToken).ConfigureAwait(false);
            }

            return filled;
        }
    }

    private async Task FinishPutAsync(
        BlobSealer sealer, string name, string? file, ReadOnlyMemory<byte> chunks, bool isAgain, BlobPriority priority, CancellationToken cancellationToken)
    {
        var size = SealedBlob.StoredSize(sealer.Size);
        await _database.WriteAsync(
            tx =>
            {
                var before = Find(tx, "", name);
                if (before is not null)
                {
                    RemoveChunks(tx, before.Id); // nobody has checked them
                    RemoveFile(tx, before.File);
                }

                // One that was taken in again may be at the provider: that is asked before it is sent.
                tx.Execute(
                    """
                    INSERT INTO blob(namespace, name, size, state, cached, own, used, created, file) VALUES ('', ?1, ?2, ?5, ?3, 1, ?4, ?4, ?6)
                    ON CONFLICT(namespace, name) DO UPDATE SET size = excluded.size, state = ?5, cached = excluded.cached, own = 1, file = excluded.file
                    """,
                    name, size, size - SealedBlob.HeaderOctets, Now, (int)(isAgain ? BlobState.Uploading : BlobState.Local), file);
                var row = before?.Id ?? tx.LastInsertRowId;
                WriteChunks(tx, row, SealedBlob.ChunkCount(sealer.Size), chunks);
                Enqueue(tx, row, isUpload: true, priority);
                tx.AfterCommit(() => Interlocked.Add(ref _cached, size - SealedBlob.HeaderOctets - (before?.Cached ?? 0)));
            },
            cancellationToken).ConfigureAwait(false);
        await EvictAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The rows of all chunks, with their octets when they are kept there.</summary>
    private static void WriteChunks(WriteTransaction tx, long id, long count, ReadOnlyMemory<byte> chunks)
    {
        var start = id << BlobSchema.ChunkBits;
        if (chunks.IsEmpty)
        {
            tx.Execute("INSERT INTO chunk(id, octets) WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?2) SELECT ?1 + i, x'' FROM n", start, count);
            return;
        }

        for (var chunk = 0; chunk < count; chunk++)
        {
            var at = chunk * SealedBlob.StoredChunkOctets;
            tx.Execute("INSERT INTO chunk(id, octets) VALUES (?1, ?2)", start + chunk, chunks.Slice(at, Math.Min(SealedBlob.StoredChunkOctets, chunks.Length - at)));
        }
    }
}
