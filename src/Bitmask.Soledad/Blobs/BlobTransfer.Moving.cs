using System.Buffers;
using System.Net;

namespace Bitmask.Soledad;

/// <summary>One transfer, or one batch of small ones.</summary>
public sealed partial class BlobTransfer
{
    /// <summary>Chunks that are entered at once, 4 MiB, and, when the program ends before, at most come again.</summary>
    private const int GroupChunks = 64;

    private const int GroupOctets = GroupChunks * SealedBlob.StoredChunkOctets;

    /// <summary>What is read and written at once. A blob of no more chunks is kept in rows.</summary>
    private const int PieceOctets = (BlobFiles.MinChunks - 1) * SealedBlob.StoredChunkOctets;

    private async Task UploadAsync(BlobTransferRow transfer, Progress progress, CancellationToken cancellationToken)
    {
        var blob = transfer.Blob;
        if (blob.Size > GroupOctets)
        {
            // After a crash the provider is asked how much of it has come. Less than that is sent again sooner than asked for.
            await _store.BeginUploadAsync(blob, cancellationToken).ConfigureAwait(false);
        }

        var from = transfer.Attempts > 0 || blob.State == BlobState.Uploading ? await OffsetAsync(blob, cancellationToken).ConfigureAwait(false) : 0;
        if (from == blob.Size)
        {
            await _store.AcknowledgeAsync([blob]).ConfigureAwait(false);
            return;
        }

        using var content = new BlobContent(_store, blob, from, progress.Moved);
        switch (await _remote.PutAsync(blob.Name, content, from, blob.Size, cancellationToken).ConfigureAwait(false))
        {
            case HttpStatusCode.OK:
                await _store.AcknowledgeAsync([blob]).ConfigureAwait(false);
                break;
            case HttpStatusCode.InsufficientStorage:
                await TellFullAsync([transfer]).ConfigureAwait(false);
                break;
            default:
                // It is there already, from an attempt whose answer was lost, or somebody goes on with it.
                if (await OffsetAsync(blob, cancellationToken).ConfigureAwait(false) != blob.Size)
                {
                    throw SoledadHttp.Broken("The provider has another part of the blob than it said.");
                }

                await _store.AcknowledgeAsync([blob]).ConfigureAwait(false);
                break;
        }
    }

    /// <summary>How much of a blob the provider has. One of the right name and another size is none of ours.</summary>
    private async Task<long> OffsetAsync(BlobRow blob, CancellationToken cancellationToken) => await _remote.HeadAsync(blob.Name, cancellationToken).ConfigureAwait(false) switch
    {
        null => 0,
        (var octets, true) when octets == blob.Size => octets,
        (var octets, false) when octets < blob.Size => octets,
        _ => throw new SoledadException(SoledadCodes.BlobDamaged, $"The provider has something else under the name of blob {blob.Name}."),
    };

    private async Task UploadBatchAsync(List<BlobTransferRow> job, Progress progress, CancellationToken cancellationToken)
    {
        using var content = new BlobBatchContent(_store, job.ConvertAll(static transfer => transfer.Blob), progress.Moved);
        var statuses = await _remote.PutManyAsync(content, cancellationToken).ConfigureAwait(false);
        int StatusOf(BlobTransferRow transfer) => statuses.GetValueOrDefault(transfer.Blob.Name);
        await _store.AcknowledgeAsync([.. job.Where(transfer => StatusOf(transfer) is 200).Select(static transfer => transfer.Blob)]).ConfigureAwait(false);
        foreach (var transfer in job.Where(transfer => StatusOf(transfer) is 409))
        {
            if (await OffsetAsync(transfer.Blob, cancellationToken).ConfigureAwait(false) == transfer.Blob.Size)
            {
                await _store.AcknowledgeAsync([transfer.Blob]).ConfigureAwait(false);
            }
        }

        await TellFullAsync([.. job.Where(transfer => StatusOf(transfer) is 507)]).ConfigureAwait(false);
        var left = job.Where(transfer => StatusOf(transfer) is not (200 or 409 or 507)).ToLookup(transfer => content.Unreadable.Contains(transfer.Blob.Name));
        await PostponeAsync([.. left[false]], "The provider has no time now.").ConfigureAwait(false);
        await PostponeAsync([.. left[true]], "It is not wholly here any more.").ConfigureAwait(false);
    }

    private async Task TellFullAsync(IReadOnlyList<BlobTransferRow> refused)
    {
        if (refused.Count == 0)
        {
            return;
        }

        const string reason = "The account has no room at the provider.";
        _store.Tell(SoledadCodes.QuotaExceeded, reason + " What is not there yet stays here and is tried again.");
        await PostponeAsync(refused, reason).ConfigureAwait(false);
    }

    private async Task DownloadAsync(BlobTransferRow transfer, Progress progress, CancellationToken cancellationToken)
    {
        var blob = transfer.Blob;
        var first = _store.ChunksFromStart(blob);
        var from = SealedBlob.ChunkStart(first);
        if (from >= blob.Size)
        {
            await _store.EndDownloadAsync([blob]).ConfigureAwait(false);
            return;
        }

        using var response = await GetAsync(transfer, from, cancellationToken).ConfigureAwait(false);
        if (response is not null)
        {
            await ReceiveAsync(blob, first, response, progress, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The rest of a blob; null, and the transfer over, when the provider does not have it: fetching on and on would not bring it.</summary>
    private async Task<HttpResponseMessage?> GetAsync(BlobTransferRow transfer, long from, CancellationToken cancellationToken)
    {
        try
        {
            return await _store.GetAsync(_remote, transfer.Blob, from, transfer.Blob.Size - from, isLong: true, cancellationToken).ConfigureAwait(false);
        }
        catch (SoledadException e) when (e.Code is SoledadCodes.BlobWithheld or SoledadCodes.BlobDamaged)
        {
            await _store.EndDownloadAsync([transfer.Blob]).ConfigureAwait(false);
            return null;
        }
    }

    /// <summary>
    /// Keeps what comes. What goes to a file is written a piece at a time, while the processor still has it at hand, and entered some MiB at a time, while the next come;
    /// the few chunks of a blob that is kept in rows come as one piece.
    /// </summary>
    private async Task ReceiveAsync(BlobRow blob, long first, HttpResponseMessage response, Progress progress, CancellationToken cancellationToken)
    {
        var piece = ArrayPool<byte>.Shared.Rent(PieceOctets);
        var (entered, entering) = (first, Task.CompletedTask);
        try
        {
            using var file = _store.OpenFileToWrite(blob);
            var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            for (var left = blob.Size - SealedBlob.ChunkStart(first); left > 0;)
            {
                var wanted = (int)Math.Min(PieceOctets, left);
                var (read, failure) = await FillAsync(body, piece.AsMemory(0, wanted), progress, cancellationToken).ConfigureAwait(false);
                var whole = piece.AsMemory(0, read == wanted ? read : read / SealedBlob.StoredChunkOctets * SealedBlob.StoredChunkOctets);
                if (file is null && !whole.IsEmpty)
                {
                    await _store.SaveChunksAsync(blob, first, whole, cancellationToken).ConfigureAwait(false);
                }
                else if (file is not null)
                {
                    _store.WriteChunks(file, first, whole.Span);
                }

                first += (whole.Length + SealedBlob.StoredChunkOctets - 1) / SealedBlob.StoredChunkOctets;
                left -= whole.Length;
                var isOver = read < wanted || left == 0; // what came whole need not come again
                if (file is not null && first > entered && (isOver || first - entered >= GroupChunks))
                {
                    await entering.ConfigureAwait(false);
                    (entering, entered) = (_store.EnterChunksAsync(blob, entered, first, cancellationToken), first);
                }

                if (read < wanted)
                {
                    await entering.ConfigureAwait(false);
                    throw SoledadHttp.Unreachable(failure ?? new IOException("The connection was cut."));
                }
            }

            await entering.ConfigureAwait(false);
        }
        finally
        {
            await Task.WhenAny(entering).ConfigureAwait(false);
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    private static async Task<(int Read, Exception? Failure)> FillAsync(Stream body, Memory<byte> buffer, Progress progress, CancellationToken cancellationToken)
    {
        var filled = 0;
        try
        {
            while (filled < buffer.Length && await body.ReadAsync(buffer[filled..], cancellationToken).ConfigureAwait(false) is > 0 and var read)
            {
                filled += read;
                progress.Moved();
            }

            return (filled, null);
        }
        catch (Exception e) when (SoledadHttp.IsTransport(e, cancellationToken))
        {
            return (filled, e);
        }
    }

    private async Task DownloadBatchAsync(List<BlobTransferRow> job, Progress progress, CancellationToken cancellationToken)
    {
        var wanted = job.Where(static transfer => !transfer.Blob.IsWhole).ToDictionary(static transfer => transfer.Blob.Name, StringComparer.Ordinal);
        if (wanted.Count > 0)
        {
            var (came, octets, saving) = (new List<(BlobRow, long, ReadOnlyMemory<byte>)>(), 0, Task.CompletedTask);
            try
            {
                await foreach (var (frame, stored) in _remote.GetManyAsync([.. wanted.Keys], cancellationToken).ConfigureAwait(false))
                {
                    progress.Moved();
                    if (wanted.TryGetValue(frame.Name, out var transfer) && frame.Status == 200 && stored.Length == transfer.Blob.Size && SealedBlob.HasHeader(stored))
                    {
                        wanted.Remove(frame.Name);
                        came.Add((transfer.Blob, 0, stored.AsMemory(SealedBlob.HeaderOctets)));
                        octets += stored.Length;
                    }

                    if (octets >= GroupOctets)
                    {
                        await saving.ConfigureAwait(false);
                        (saving, came, octets) = (_store.SaveManyAsync(came, cancellationToken), [], 0);
                    }
                }
            }
            finally
            {
                await Task.WhenAny(saving).ConfigureAwait(false);
            }

            await saving.ConfigureAwait(false);
            await _store.SaveManyAsync(came, cancellationToken).ConfigureAwait(false);
        }

        await _store.EndDownloadAsync([.. job.Where(static transfer => transfer.Blob.IsWhole).Select(static transfer => transfer.Blob)]).ConfigureAwait(false);
        foreach (var transfer in wanted.Values)
        {
            // Missing or odd: asked for alone, which looks into the trash and tells.
            await DownloadAsync(transfer, progress, cancellationToken).ConfigureAwait(false);
        }
    }
}
