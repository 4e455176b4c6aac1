using System.Buffers;
using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Security.Cryptography;
using Bitmask.Provider.Store;
using Bitmask.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace Bitmask.Provider.Blobs;

/// <summary>What became of an upload.</summary>
internal enum UploadOutcome
{
    /// <summary>The blob is whole and durable.</summary>
    Stored,

    /// <summary>This part is there; others are missing.</summary>
    Partial,

    /// <summary>There is a blob of that name.</summary>
    Exists,

    /// <summary>The part does not begin where what is there ends.</summary>
    WrongOffset,

    /// <summary>The account, or the disk, has no room for it.</summary>
    Full,

    /// <summary>Somebody uploads a blob of that name just now.</summary>
    Busy,
}

/// <summary>
/// Takes uploads of single blobs: octets go to a file of their own as they come, with a bounded buffer; when the last has come the file is
/// synced, renamed and entered. What a broken connection leaves can be gone on with. Two uploads of one name do not run at once: the later
/// request ends the earlier, whose connection is most often dead without our knowing.
/// </summary>
internal sealed class BlobUploads(ProviderStore store, BlobFolder folder, Func<BlobKey, long, bool> hasRoom)
{
    private const int BufferOctets = 256 * 1024;

    private readonly ConcurrentDictionary<BlobKey, Running> _running = new();

    /// <summary>Takes one part.</summary>
    /// <param name="key">The blob.</param>
    /// <param name="body">Its octets.</param>
    /// <param name="from">Where they begin; null for a whole blob.</param>
    /// <param name="total">Octets of the whole blob; null when nobody said: then the end of the body is the end.</param>
    /// <param name="cancellationToken">The connection's.</param>
    public async Task<UploadOutcome> TakeAsync(BlobKey key, PipeReader body, long? from, long? total, CancellationToken cancellationToken)
    {
        using var running = await BeginAsync(key, cancellationToken);
        try
        {
            if (await RefuseAsync(key, total ?? 0, cancellationToken) is { } refusal)
            {
                return refusal;
            }

            using var file = folder.OpenPartial(key, fromStart: from is null or 0);
            var offset = RandomAccess.GetLength(file);
            if (offset != (from ?? 0))
            {
                return UploadOutcome.WrongOffset;
            }

            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            HashStart(file, offset, hash);
            offset = await CopyAsync(key, body, file, offset, total, hash, running.Token);
            if (offset < 0)
            {
                folder.RemovePartial(key);
                return UploadOutcome.Full;
            }

            if (total is { } wanted && offset < wanted)
            {
                return UploadOutcome.Partial;
            }

            folder.Reached?.Invoke(BlobStep.Written);
            await DurableFile.RunAsync(() => folder.Publish(key, file));
            var added = await store.AddBlobsAsync([(key, offset, hash.GetHashAndReset())], CancellationToken.None);
            folder.Reached?.Invoke(BlobStep.Entered);
            return added[0] ? UploadOutcome.Stored : UploadOutcome.Exists;
        }
        catch (IOException e) when (e is not Microsoft.AspNetCore.Connections.ConnectionResetException and not BadHttpRequestException && !running.Token.IsCancellationRequested)
        {
            // After a write or a sync that failed nobody knows what of the file is on the disk: the next attempt begins anew.
            folder.RemovePartial(key);
            if (DurableFile.IsFull(e))
            {
                return UploadOutcome.Full;
            }

            throw;
        }
        finally
        {
            End(key, running);
        }
    }

    /// <summary>Takes many small blobs; one sync and one transaction for all of them. Answers one outcome for each.</summary>
    public async Task<UploadOutcome[]> TakeManyAsync(IReadOnlyList<(BlobKey Key, ReadOnlyMemory<byte> Content)> blobs, CancellationToken cancellationToken)
    {
        var outcomes = new UploadOutcome[blobs.Count];
        var (taken, locks, octets) = (new List<int>(), new List<(BlobKey, Running)>(), 0L);
        try
        {
            for (var i = 0; i < blobs.Count; i++)
            {
                var (key, content) = blobs[i];
                var running = new Running(cancellationToken);
                if (!_running.TryAdd(key, running))
                {
                    running.Dispose();
                    outcomes[i] = UploadOutcome.Busy; // waiting here could wait for another batch that waits for this one
                    continue;
                }

                locks.Add((key, running));
                if (await RefuseAsync(key, octets + content.Length, cancellationToken) is { } refusal)
                {
                    outcomes[i] = refusal;
                    continue;
                }

                octets += content.Length;
                taken.Add(i);
            }

            if (taken.Count > 0)
            {
                try
                {
                    await DurableFile.RunAsync(() => folder.Write([.. taken.Select(i => blobs[i])]));
                }
                catch (IOException e) when (DurableFile.IsFull(e))
                {
                    taken.ForEach(i => outcomes[i] = UploadOutcome.Full);
                    taken.ForEach(i => folder.RemovePartial(blobs[i].Key));
                    return outcomes;
                }

                var added = await store.AddBlobsAsync(
                    [.. taken.Select(i => (blobs[i].Key, (long)blobs[i].Content.Length, SHA256.HashData(blobs[i].Content.Span)))], CancellationToken.None);
                for (var i = 0; i < taken.Count; i++)
                {
                    outcomes[taken[i]] = added[i] ? UploadOutcome.Stored : UploadOutcome.Exists;
                }
            }

            return outcomes;
        }
        finally
        {
            foreach (var (key, running) in locks)
            {
                End(key, running);
                running.Dispose();
            }
        }
    }

    private async Task<UploadOutcome?> RefuseAsync(BlobKey key, long octets, CancellationToken cancellationToken)
    {
        switch (store.FindBlobRow(key))
        {
            case { IsDeleted: false }:
                return UploadOutcome.Exists;
            case { IsDeleted: true }:
                // The name is used again: what lies in the trash must not get the new octets under its old hash.
                await store.ForgetBlobAsync(key, cancellationToken);
                break;
        }

        return hasRoom(key, octets) ? null : UploadOutcome.Full;
    }

    /// <summary>
    /// Writes to the file what comes, as it comes: also when the connection breaks later, it need not come again. Answers where the file ends now, or -1 when
    /// there is no more room.
    /// </summary>
    private async Task<long> CopyAsync(BlobKey key, PipeReader body, SafeFileHandle file, long offset, long? total, IncrementalHash hash, CancellationToken cancellationToken)
    {
        for (var asked = offset; ;)
        {
            var read = await body.ReadAsync(cancellationToken);
            if (offset + read.Buffer.Length > (total ?? long.MaxValue))
            {
                throw new BadHttpRequestException("More octets than the request had announced.");
            }

            foreach (var piece in read.Buffer)
            {
                folder.Write(file, piece.Span, offset);
                hash.AppendData(piece.Span);
                offset += piece.Length;
            }

            body.AdvanceTo(read.Buffer.End);

            // Again and again, also of an announced length: other uploads of the account fill it meanwhile.
            if (read.IsCompleted || offset - asked >= BufferOctets)
            {
                if (!hasRoom(key, Math.Max(offset, total ?? 0)))
                {
                    return -1;
                }

                asked = offset;
            }

            if (read.IsCompleted)
            {
                return offset;
            }
        }
    }

    /// <summary>The part that came earlier belongs to the hash, too.</summary>
    private static void HashStart(SafeFileHandle file, long octets, IncrementalHash hash)
    {
        if (octets == 0)
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(BufferOctets);
        for (var at = 0L; at < octets;)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(0, (int)Math.Min(BufferOctets, octets - at)), at);
            hash.AppendData(buffer, 0, read);
            at += read;
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    private async Task<Running> BeginAsync(BlobKey key, CancellationToken cancellationToken)
    {
        var mine = new Running(cancellationToken);
        while (!_running.TryAdd(key, mine))
        {
            if (_running.TryGetValue(key, out var other))
            {
                other.Cancel();
                await other.Ended.WaitAsync(cancellationToken);
            }
        }

        return mine;
    }

    private void End(BlobKey key, Running running)
    {
        _running.TryRemove(key, out _);
        running.End();
    }

    private sealed class Running(CancellationToken connection) : IDisposable
    {
        private readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(connection);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Token => _source.Token;

        public Task Ended => _ended.Task;

        public void Cancel()
        {
            try
            {
                _source.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended meanwhile.
            }
        }

        public void End() => _ended.TrySetResult();

        public void Dispose() => _source.Dispose();
    }
}
