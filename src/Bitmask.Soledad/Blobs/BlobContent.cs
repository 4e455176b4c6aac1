using System.Buffers;
using System.Net;

namespace Bitmask.Soledad;

/// <summary>The stored form of a blob as the body of a request, read piece by piece; <c>moved</c> hears of each piece that the connection took.</summary>
internal sealed class BlobContent(BlobStore store, BlobRow blob, long from, Action moved) : HttpContent
{
    private const int PieceOctets = 3 * SealedBlob.StoredChunkOctets;

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var at = from;
        if (at < SealedBlob.HeaderOctets)
        {
            await stream.WriteAsync(SealedBlob.Header[(int)at..].ToArray(), cancellationToken).ConfigureAwait(false);
            at = SealedBlob.HeaderOctets;
        }

        using var file = store.OpenFile(blob);
        var buffer = ArrayPool<byte>.Shared.Rent(PieceOctets);
        try
        {
            for (; at < blob.Size; moved())
            {
                var piece = file is null ? ReadRows(at, buffer) : buffer.AsMemory(0, BlobFiles.Read(file, buffer.AsSpan(0, (int)Math.Min(PieceOctets, blob.Size - at)), at - SealedBlob.HeaderOctets));
                if (piece.IsEmpty)
                {
                    throw BlobStore.NotWhole(blob);
                }

                await stream.WriteAsync(piece, cancellationToken).ConfigureAwait(false);
                at += piece.Length;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = blob.Size - from;
        return true;
    }

    private Memory<byte> ReadRows(long at, byte[] buffer)
    {
        var first = (at - SealedBlob.HeaderOctets) / SealedBlob.StoredChunkOctets;
        var octets = store.ReadChunks(blob, first, buffer.AsMemory(0, PieceOctets));
        var skip = Math.Min(octets, (int)(at - SealedBlob.ChunkStart(first))); // where an earlier upload was cut may be within a chunk
        return buffer.AsMemory(skip, octets - skip);
    }
}
