using System.Buffers;
using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.Blobs;

/// <summary>What is done to the blob folder without being asked: the trash is emptied, abandoned uploads go, and, on command, all is verified.</summary>
internal sealed class BlobKeeping(ProviderStore store, BlobFolder folder, TimeProvider clock)
{
    /// <summary>How long the trash keeps a blob (security.md A7).</summary>
    public static readonly TimeSpan TrashTime = TimeSpan.FromDays(30);

    /// <summary>How long an upload may rest before it has to begin anew.</summary>
    public static readonly TimeSpan PartialTime = TimeSpan.FromDays(3);

    private const int Page = 500;
    private const int BufferOctets = 1024 * 1024;

    public async Task CleanAsync(CancellationToken cancellationToken)
    {
        folder.RemovePartials(clock.GetUtcNow() - PartialTime);
        RemoveAccounts();
        var before = (clock.GetUtcNow() - TrashTime).ToUnixTimeSeconds();
        for (IReadOnlyList<BlobKey> page; (page = store.ListTrash(before, Page)).Count > 0;)
        {
            foreach (var key in page)
            {
                // The row first: a file without a row is nothing, a row without a file would be a blob that is lost.
                if (await store.PurgeBlobAsync(key, before, cancellationToken))
                {
                    folder.Remove(key);
                }
            }
        }
    }

    /// <summary>Removes the files of accounts that are gone.</summary>
    private void RemoveAccounts()
    {
        foreach (var path in Directory.EnumerateDirectories(folder.Root))
        {
            if (UserId.TryParse(Path.GetFileName(path), out var account) && store.FindUser(account) is null)
            {
                folder.RemoveAccount(account);
            }
        }
    }

    /// <summary>
    /// Files that no row makes a blob: what a crash between the rename and the row left, or blobs that came after the backup which the database was restored from.
    /// Not while uploads run.
    /// </summary>
    public IEnumerable<(string Path, long Octets)> Leftovers(CancellationToken cancellationToken)
    {
        foreach (var (key, path, octets) in folder.ListFiles())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (key is not { } named || store.FindBlobRow(named) is not { HasContent: true })
            {
                yield return (path, octets);
            }
        }
    }

    /// <summary>Reads every blob and compares size and hash with those taken when it came; one line for each fault.</summary>
    public IEnumerable<string> Check(CancellationToken cancellationToken)
    {
        for (long after = 0; ;)
        {
            var page = store.ListAllBlobs(after, Page);
            foreach (var blob in page)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (Fault(blob) is { } fault)
                {
                    yield return $"blob {BlobFolder.PathOf(blob.Key)}: {fault}";
                }
            }

            if (page.Count < Page)
            {
                yield break;
            }

            after = page[^1].Seq;
        }
    }

    private string? Fault(StoredBlob blob)
    {
        using var file = folder.OpenToRead(blob.Key);
        if (file is null)
        {
            return store.FindBlobRow(blob.Key) is { HasContent: true } ? "the file is missing" : null; // else it was purged while we looked
        }

        if (RandomAccess.GetLength(file) is var size && size != blob.Size)
        {
            return $"{size} octets instead of {blob.Size}";
        }

        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferOctets);
        for (long at = 0; at < size;)
        {
            var read = RandomAccess.Read(file, buffer, at);
            if (read == 0)
            {
                break;
            }

            hash.AppendData(buffer, 0, read);
            at += read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return hash.GetHashAndReset().AsSpan().SequenceEqual(blob.Hash) ? null : "the content is not what was stored";
    }
}
