using System.Net;

namespace Bitmask.Soledad;

/// <summary>The stored form of a blob as the body of a request, read from the cache a MiB at a time; <c>moved</c> hears of each piece that the connection took.</summary>
internal sealed class BlobContent(BlobStore store, BlobRow blob, long from, Action moved) : HttpContent
{
    private const int GroupChunks = 16;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var at = from;
        if (at < SealedBlob.HeaderOctets)
        {
            await stream.WriteAsync(SealedBlob.Header[(int)at..].ToArray(), cancellationToken).ConfigureAwait(false);
            at = SealedBlob.HeaderOctets;
        }

        while (at < blob.Size)
        {
            var first = (at - SealedBlob.HeaderOctets) / SealedBlob.StoredChunkOctets;
            var chunks = store.ReadChunks(blob, first, GroupChunks);
            if (chunks.Count == 0)
            {
                throw new IOException($"Blob {blob.Name} is not wholly here any more.");
            }

            foreach (var chunk in chunks)
            {
                // Only the first may begin within: where an earlier upload was cut.
                var skip = (int)(at - SealedBlob.ChunkStart(first));
                await stream.WriteAsync(chunk.AsMemory(skip), cancellationToken).ConfigureAwait(false);
                moved();
                at += chunk.Length - skip;
                first++;
            }
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = blob.Size - from;
        return true;
    }
}
