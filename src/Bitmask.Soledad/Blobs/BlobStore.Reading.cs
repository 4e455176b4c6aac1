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

    /// <summary>Fetches as many chunks as the buffer has room for, from one on, and keeps them; answers their octets.</summary>
    internal async Task<int> FetchAsync(BlobRow blob, long first, Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var remote = Remote ?? throw new SoledadException(SoledadCodes.Unavailable, "This part of the blob is not here, and there is no connection to the provider.", isTransient: true);
        var from = SealedBlob.ChunkStart(first);
        var octets = (int)Math.Min(blob.Size - from, buffer.Length / SealedBlob.StoredChunkOctets * SealedBlob.StoredChunkOctets);
        using var patience = new CancellationTokenSource(FetchTimeout, Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        await FetchAsync(remote, blob, from, buffer[..octets], either.Token, cancellationToken).ConfigureAwait(false);
        await KeepAsync(Find(blob.Name, blob.Namespace) ?? blob, first, buffer[..octets], cancellationToken).ConfigureAwait(false);
        return octets;
    }

    private async Task FetchAsync(BlobClient remote, BlobRow blob, long from, Memory<byte> buffer, CancellationToken limited, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await GetAsync(remote, blob, from, buffer.Length, isLong: false, limited).ConfigureAwait(false);
            var body = await response.Content.ReadAsStreamAsync(limited).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                if (await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, limited).ConfigureAwait(false) < buffer.Length)
                {
                    throw SoledadHttp.Broken("The provider sent less of a blob than it had said.");
                }
            }
        }
        catch (Exception e) when (SoledadHttp.IsTransport(e, cancellationToken))
        {
            throw SoledadHttp.Unreachable(e);
        }
    }

    /// <summary>Asks for a part; a blob in the trash is taken out of it. One that is nowhere is an event.</summary>
    internal async Task<HttpResponseMessage> GetAsync(BlobClient remote, BlobRow blob, long from, long octets, bool isLong, CancellationToken cancellationToken)
    {
        try
        {
            var response = await remote.GetAsync(blob.Name, from, octets, blob.Size, isLong, cancellationToken).ConfigureAwait(false);
            if (response is null && await remote.UndeleteAsync(blob.Name, cancellationToken).ConfigureAwait(false))
            {
                response = await remote.GetAsync(blob.Name, from, octets, blob.Size, isLong, cancellationToken).ConfigureAwait(false);
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
    private async Task KeepAsync(BlobRow blob, long first, ReadOnlyMemory<byte> stored, CancellationToken cancellationToken)
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
