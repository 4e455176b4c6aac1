using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.SoledadServer;

/// <summary>Sends documents as a stream: a page is read, sent as fast as the client reads, then the next one is read.</summary>
internal static class DocumentStream
{
    public static async Task WriteAsync(HttpContext context, ProviderStore store, DocumentCursor cursor)
    {
        var cancellationToken = context.RequestAborted;
        SoledadRequest.Begin(context, 200, SyncMediaTypes.GetAnswer);
        var writer = new SyncStreamWriter(context.Response.BodyWriter);
        await writer.WriteNewGenerationAsync(cursor.Head, cancellationToken);
        for (var next = cursor; next is not null;)
        {
            (var entries, next) = store.ReadPage(next);
            foreach (var (entry, content) in entries)
            {
                await writer.WriteEntryAsync(entry, content, cancellationToken);
            }
        }

        await writer.CompleteAsync(cancellationToken);
    }
}
