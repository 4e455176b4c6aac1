namespace Bitmask.Soledad;

/// <summary>Reading, and fetching what is missing for it.</summary>
public sealed partial class BlobStore
{
    /// <summary>How long a MiB may take.</summary>
    private static readonly TimeSpan FetchTimeout = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Opens a blob's content at a place. It can be sought; what is not here is fetched while reading (<see cref="SoledadException"/>: the provider can not be
    /// reached; <see cref="SoledadCodes.BlobWithheld"/>; <see cref="SoledadCodes.BlobDamaged"/>).
    /// </summary>
    public Stream OpenRead(BlobRef blob, long offset = 0)
    {
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return new BlobStream(this, blob, offset, mayFetch: true);
    }

    /// <summary>
    /// As <see cref="OpenRead"/>, for whoever can not wait: reads synchronously what is here, and throws a <see cref="SoledadException"/>
    /// (<see cref="SoledadCodes.Unavailable"/>) at what is not.
    /// </summary>
    public Stream OpenHere(BlobRef blob, long offset = 0)
    {
        ArgumentNullException.ThrowIfNull(blob);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return new BlobStream(this, blob, offset, mayFetch: false);
    }

    /// <summary>Fetches some chunks and keeps them.</summary>
    internal async Task<IReadOnlyList<byte[]>> FetchAsync(BlobRow blob, long first, int count, CancellationToken cancellationToken)
    {
        var remote = Remote ?? throw new SoledadException(SoledadCodes.Unavailable, "This part of the blob is not here, and there is no connection to the provider.", isTransient: true);
        var from = SealedBlob.ChunkStart(first);
        var octets = Math.Min(blob.Size, SealedBlob.ChunkStart(first + count)) - from;
        using var patience = new CancellationTokenSource(FetchTimeout, Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var stored = await FetchAsync(either.Token).ConfigureAwait(false);
        if (stored.Length != octets)
        {
            throw SoledadHttp.Broken("The provider sent less of a blob than it had said.");
        }

        await KeepAsync(blob, first, stored, cancellationToken).ConfigureAwait(false);
        return [.. stored.Chunk(SealedBlob.StoredChunkOctets)];

        async Task<byte[]> FetchAsync(CancellationToken limited)
        {
            try
            {
                using var response = await GetAsync(remote, blob, from, octets, limited).ConfigureAwait(false);
                return await SoledadHttp.ReadAsync(response, (int)octets, limited).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw SoledadHttp.Unreachable(e);
            }
        }
    }

    /// <summary>Asks for a part; a blob in the trash is taken out of it. One that is nowhere is an event.</summary>
    internal async Task<HttpResponseMessage> GetAsync(BlobClient remote, BlobRow blob, long from, long octets, CancellationToken cancellationToken)
    {
        try
        {
            var response = await remote.GetAsync(blob.Name, from, octets, blob.Size, cancellationToken).ConfigureAwait(false);
            if (response is null && await remote.UndeleteAsync(blob.Name, cancellationToken).ConfigureAwait(false))
            {
                response = await remote.GetAsync(blob.Name, from, octets, blob.Size, cancellationToken).ConfigureAwait(false);
            }

            return response ?? throw new SoledadException(SoledadCodes.BlobWithheld, $"The provider does not have blob {blob.Name} any more, or withholds it.");
        }
        catch (SoledadException e) when (e.Code is SoledadCodes.BlobWithheld or SoledadCodes.BlobDamaged)
        {
            Tell(e.Code, e.Message, blob.Name);
            throw;
        }
    }

    /// <summary>A full disk is no reason not to read.</summary>
    private async Task KeepAsync(BlobRow blob, long first, byte[] stored, CancellationToken cancellationToken)
    {
        try
        {
            await SaveChunksAsync(blob, first, stored, cancellationToken).ConfigureAwait(false);
        }
        catch (Bitmask.Sqlite.DatabaseException)
        {
            // It is fetched again the next time.
        }
    }
}
