using System.Net;
using System.Net.Http.Headers;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>A sync stream as a request body of unknown length, written while it is sent.</summary>
internal sealed class SyncContent : HttpContent
{
    private readonly SyncHeader _header;
    private readonly IReadOnlyList<SyncEntry> _entries;

    public SyncContent(string mediaType, SyncHeader header, IReadOnlyList<SyncEntry> entries)
    {
        (_header, _entries) = (header, entries);
        Headers.ContentType = new MediaTypeHeaderValue(mediaType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var writer = new SyncStreamWriter(stream);
        await writer.WriteHeaderAsync(_header, cancellationToken).ConfigureAwait(false);
        foreach (var entry in _entries)
        {
            await writer.WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        }

        await writer.CompleteAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
