using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>Small blobs one behind the other as the body of a request, each read when its turn comes. What can not be read is left out, and said.</summary>
internal sealed class BlobBatchContent : HttpContent
{
    private const int FlushOctets = 64 * 1024;

    private readonly BlobStore _store;
    private readonly IReadOnlyList<BlobRow> _blobs;
    private readonly Action _moved;

    public BlobBatchContent(BlobStore store, IReadOnlyList<BlobRow> blobs, Action moved)
    {
        (_store, _blobs, _moved) = (store, blobs, moved);
        Headers.ContentType = new MediaTypeHeaderValue(BlobWire.BatchType);
    }

    /// <summary>Names of blobs that are not wholly here any more.</summary>
    public HashSet<string> Unreadable { get; } = new(StringComparer.Ordinal);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var output = PipeWriter.Create(stream, new StreamPipeWriterOptions(minimumBufferSize: FlushOctets, leaveOpen: true));
        var buffer = ArrayPool<byte>.Shared.Rent(BlobWire.MaxBatchBlobOctets + SealedBlob.StoredChunkOctets);
        try
        {
            foreach (var blob in _blobs)
            {
                if (!_store.TryReadWhole(blob, buffer))
                {
                    Unreadable.Add(blob.Name);
                    continue;
                }

                new BlobFrame(blob.Name, 0, (int)blob.Size).Write(output);
                output.Write(SealedBlob.Header);
                output.Write(buffer.AsSpan(0, (int)blob.Size - SealedBlob.HeaderOctets));
                if (output.UnflushedBytes >= FlushOctets)
                {
                    await output.FlushAsync(cancellationToken).ConfigureAwait(false);
                    _moved();
                }
            }

            output.Write(BlobFrame.End);
            await output.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await output.CompleteAsync().ConfigureAwait(false);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false; // which of them can be read shows when they are
    }
}
