using System.IO.Compression;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.SoledadServer;

/// <summary>Sends documents as a stream: a page is read, sent as fast as the client reads, then the next one is read.</summary>
internal static class DocumentStream
{
    /// <summary>The least effort that finds the 64 letters of Base64; more effort costs time and gains nothing.</summary>
    private const int Quality = 1;

    public static async Task WriteAsync(HttpContext context, ProviderStore store, DocumentCursor cursor)
    {
        var cancellationToken = context.RequestAborted;
        SoledadRequest.Begin(context, 200, SyncMediaTypes.GetAnswer);
        if (!context.Request.Headers.AcceptEncoding.ToString().Split(',', StringSplitOptions.TrimEntries).Contains("br"))
        {
            await WriteAsync(new SyncStreamWriter(context.Response.BodyWriter), store, cursor, cancellationToken);
            return;
        }

        // Sealed contents are Base64: compressing takes away what that has put on, and nothing secret can be guessed from the size.
        context.Response.Headers.ContentEncoding = "br";
        await using var compressed = new BrotliStream(context.Response.Body, new BrotliCompressionOptions { Quality = Quality }, leaveOpen: true);
        await WriteAsync(new SyncStreamWriter(compressed), store, cursor, cancellationToken);
    }

    private static async Task WriteAsync(SyncStreamWriter writer, ProviderStore store, DocumentCursor cursor, CancellationToken cancellationToken)
    {
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
