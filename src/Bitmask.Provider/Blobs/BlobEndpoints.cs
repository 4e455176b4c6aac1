using System.Globalization;
using System.Text.Json;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.SoledadServer;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.Blobs;

/// <summary>
/// LEAP's blob resources, <c>/blobs/UUID/</c> and <c>/blobs/UUID/NAME</c>, for both kinds of account, with uploads that can be resumed, real ranges and a
/// trash. A blob never changes: to store other content is to use another name.
/// </summary>
internal sealed class BlobEndpoints(ProviderStore store, BlobFolder folder, BlobUploads uploads)
{
    private const int MaxFlagOctets = 4096;
    private const int Page = 1000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/blobs/{uuid}/", context => SoledadRequest.RunAsync(context, store, ListAsync));
        routes.MapGet("/blobs/{uuid}/{name}", context => SoledadRequest.RunAsync(context, store, GetAsync));
        routes.MapMethods("/blobs/{uuid}/{name}", ["HEAD"], context => SoledadRequest.RunAsync(context, store, HeadAsync));
        routes.MapPut("/blobs/{uuid}/{name}", context => SoledadRequest.RunAsync(context, store, PutAsync));
        routes.MapPost("/blobs/{uuid}/{name}", context => SoledadRequest.RunAsync(context, store, PostAsync));
        routes.MapDelete("/blobs/{uuid}/{name}", context => SoledadRequest.RunAsync(context, store, DeleteAsync));
    }

    private async Task ListAsync(HttpContext context, User user)
    {
        var ns = BlobRequest.Namespace(context);
        var deleted = BlobRequest.IsSet(context, "deleted");
        bool? newestFirst = context.Request.Query["order_by"] switch
        {
            [] or ["date" or "+date" or " date"] => false, // an unescaped plus arrives as a space
            ["-date"] => true,
            _ => null,
        };
        if (newestFirst is null)
        {
            throw new SoledadProtocolException("order_by is date, +date or -date.");
        }

        string[] wanted = context.Request.Query["filter_flag"] is [{ Length: > 0 } name] ? [name] : [];
        if (BlobFlags.Parse(wanted, out var unknown) is not { } flag)
        {
            await BlobRequest.TextAsync(context, 406, "Invalid flag: " + Printable(unknown!));
            return;
        }

        if (BlobRequest.IsSet(context, "only_count"))
        {
            await SoledadRequest.WriteJsonAsync(context, 200, new BlobCount(store.CountBlobs(user.Id, ns, flag, deleted)), SoledadJson.Default.BlobCount);
            return;
        }

        SoledadRequest.Begin(context, 200, "application/json");
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartArray();
        for (var after = newestFirst.Value ? long.MaxValue : 0; ;)
        {
            var page = store.ListBlobs(user.Id, ns, after, newestFirst.Value, flag, deleted, Page);
            foreach (var (_, blob) in page)
            {
                json.WriteStringValue(blob);
            }

            await json.FlushAsync(context.RequestAborted);
            await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
            if (page.Count < Page)
            {
                break;
            }

            after = page[^1].Seq;
        }

        json.WriteEndArray();
        await json.FlushAsync(context.RequestAborted);
    }

    private async Task GetAsync(HttpContext context, User user)
    {
        var key = BlobRequest.Key(context, user);
        var blob = store.FindBlob(key);
        if (context.Request.Query.ContainsKey("only_flags"))
        {
            await (blob is null
                ? BlobRequest.NotFoundAsync(context, key)
                : SoledadRequest.WriteJsonAsync(context, 200, BlobFlags.Format(blob.Flags), SoledadJson.Default.ListString));
            return;
        }

        using var file = blob is null ? null : folder.OpenToRead(key);
        if (file is null)
        {
            await BlobRequest.NotFoundAsync(context, key);
            return;
        }

        var headers = context.Response.Headers;
        headers.AcceptRanges = "bytes";
        headers.ETag = Tag(blob!);
        headers[BlobWire.Tag] = BlobRequest.Tag(file, blob!.Size);
        var isWhole = ByteRange.IsWhole(context.Request.Headers.Range, blob.Size, out var range);
        if (!isWhole && range is null)
        {
            headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{blob.Size}");
            await BlobRequest.TextAsync(context, 416, "Not one range of this blob.");
            return;
        }

        var (from, octets) = (range?.From ?? 0, range?.Octets ?? blob.Size);
        SoledadRequest.Begin(context, isWhole ? 200 : 206, "application/octet-stream");
        if (!isWhole)
        {
            headers.ContentRange = BlobWire.ContentRange(from, octets, blob.Size);
        }

        context.Response.ContentLength = octets;
        await BlobRequest.SendAsync(context, file, from, octets);
    }

    private Task HeadAsync(HttpContext context, User user)
    {
        var key = BlobRequest.Key(context, user);
        var headers = context.Response.Headers;
        if (store.FindBlob(key) is { } blob)
        {
            SoledadRequest.Begin(context, 200, "application/octet-stream");
            headers.AcceptRanges = "bytes";
            headers.ETag = Tag(blob);
            headers[BlobWire.UploadOffset] = blob.Size.ToString(CultureInfo.InvariantCulture);
            headers[BlobWire.UploadComplete] = "?1";
            context.Response.ContentLength = blob.Size;
        }
        else if (folder.PartialOctets(key) is > 0 and var begun)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            headers[BlobWire.UploadOffset] = begun.ToString(CultureInfo.InvariantCulture);
            headers[BlobWire.UploadComplete] = "?0";
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        }

        return Task.CompletedTask;
    }

    private async Task PutAsync(HttpContext context, User user)
    {
        var key = BlobRequest.Key(context, user);
        BlobRequest.AllowLongBody(context);
        var (from, total) = ((long?)null, context.Request.ContentLength);
        if (context.Request.Headers.ContentRange is [{ } text])
        {
            if (!BlobWire.TryParseContentRange(text, out var first, out var length, out var whole) || (total is { } body && body != length))
            {
                throw new SoledadProtocolException("Not the range of this body.");
            }

            (from, total) = (first, whole);
        }

        var outcome = await uploads.TakeAsync(key, context.Request.BodyReader, from, total, context.RequestAborted);
        await BlobRequest.AnswerAsync(context, key, outcome, folder.PartialOctets(key));
    }

    private async Task PostAsync(HttpContext context, User user)
    {
        var key = BlobRequest.Key(context, user);
        if (BlobRequest.IsSet(context, "undelete"))
        {
            await (await store.UndeleteBlobAsync(key, context.RequestAborted)
                ? SoledadRequest.WriteAsync(context, 200, "text/plain", default)
                : BlobRequest.NotFoundAsync(context, key));
            return;
        }

        var names = await SoledadRequest.ReadJsonAsync(context, MaxFlagOctets, SoledadJson.Default.ListString);
        if (BlobFlags.Parse(names, out var unknown) is not { } flags)
        {
            await BlobRequest.TextAsync(context, 406, "Invalid flag: " + Printable(unknown!));
        }
        else
        {
            await (await store.SetBlobFlagsAsync(key, flags, context.RequestAborted)
                ? SoledadRequest.WriteAsync(context, 200, "text/plain", default)
                : BlobRequest.NotFoundAsync(context, key));
        }
    }

    private async Task DeleteAsync(HttpContext context, User user)
    {
        var key = BlobRequest.Key(context, user);
        await (await store.DeleteBlobAsync(key, context.RequestAborted)
            ? SoledadRequest.WriteAsync(context, 200, "text/plain", default)
            : BlobRequest.NotFoundAsync(context, key));
    }

    private static string Tag(StoredBlob blob) => $"\"{Convert.ToHexStringLower(blob.Hash!)}\"";

    private static string Printable(string text) => BlobName.IsValid(text) ? text : "?";
}
