using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;
using Microsoft.AspNetCore.Http.Features;

namespace Bitmask.Provider.SoledadServer;

/// <summary>
/// Document sync: <c>/user-UUID/sync-from/REPLICA</c>. An upload is one transaction, whatever its length: what exceeds
/// <see cref="BatchOctets"/> is staged beside the documents and taken in when the stream has ended well, so a broken stream or a
/// wrong <c>number_of_docs</c> stores nothing, and memory stays bounded. <c>room</c>: octets that an account may take with what is uploaded here;
/// <c>quota</c>: those that its owner is told.
/// </summary>
internal sealed class SyncEndpoints(ProviderStore store, long room, long quota)
{
    private const int BatchOctets = 8 * 1024 * 1024;

    /// <summary>What an entry takes in memory beside its texts; a million tombstones are no small thing.</summary>
    private const int EntryOctets = 512;
    private const int MaxPointOctets = 4096;
    private static readonly SyncStreamOptions Limits = new();

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/user-{uuid}/sync-from/{source}", context => SoledadRequest.RunAsync(context, store, GetInfoAsync));
        routes.MapPut("/user-{uuid}/sync-from/{source}", context => SoledadRequest.RunAsync(context, store, RecordAsync));
        routes.MapDelete("/user-{uuid}/sync-from/{source}", context => SoledadRequest.RunAsync(context, store, ForgetAsync));
        routes.MapPost("/user-{uuid}/sync-from/{source}", context => SoledadRequest.RunAsync(context, store, SyncAsync));
    }

    private static SyncSource Source(HttpContext context)
        => context.GetRouteValue("source") is string source && Revision.IsReplicaUid(source) ? new SyncSource(source, SoledadRequest.SessionOf(context).Device) : throw new SoledadProtocolException(WireErrors.InvalidReplicaUid);

    private static void RefuseQuery(HttpContext context)
    {
        if (context.Request.QueryString.HasValue)
        {
            throw new SoledadProtocolException("This request takes no query.");
        }
    }

    private async Task GetInfoAsync(HttpContext context, User user)
    {
        var info = await store.ReadSyncInfoAsync(user.Id, Source(context), context.RequestAborted) ?? throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist);
        if (user.Mode == AccountMode.Sealed) // LEAP's answer stays as it is
        {
            info = info with { QuotaOctets = quota, UsedOctets = store.UsedOctets(user.Id) };
        }

        await SoledadRequest.WriteJsonAsync(context, 200, info, SoledadJson.Default.SyncInfo);
    }

    private async Task RecordAsync(HttpContext context, User user)
    {
        RefuseQuery(context);
        SoledadRequest.RequireContentType(context, "application/json");
        var point = await SoledadRequest.ReadJsonAsync(context, MaxPointOctets, SoledadJson.Default.SyncPoint);
        if (point.Generation < 0)
        {
            throw new SoledadProtocolException("A generation is not negative.");
        }

        await store.RecordSourceAsync(user.Id, Source(context), point.Generation, point.TransactionId, context.RequestAborted);
        await SoledadRequest.WriteAsync(context, 200, "application/json", "{\"ok\": true}\r\n"u8.ToArray());
    }

    private async Task ForgetAsync(HttpContext context, User user)
    {
        RefuseQuery(context);
        await store.ForgetSourceAsync(user.Id, Source(context), context.RequestAborted);
        await SoledadRequest.WriteAsync(context, 200, "application/json", "{\"ok\": true}\r\n"u8.ToArray());
    }

    private Task SyncAsync(HttpContext context, User user)
    {
        RefuseQuery(context);
        return context.Request.ContentType switch
        {
            SyncMediaTypes.Put => UploadAsync(context, user),
            SyncMediaTypes.Get => DownloadAsync(context, user),
            _ => throw new SoledadProtocolException("Unknown kind of sync stream."),
        };
    }

    private async Task<(SyncSource Source, SyncStreamReader Reader, SyncHeader Header)> BeginAsync(HttpContext context, User user, bool acknowledges)
    {
        // Streams are bounded by line and by batch, not as a whole.
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = null;
        var source = Source(context);
        var reader = new SyncStreamReader(context.Request.BodyReader, Limits);
        var header = await reader.ReadHeaderAsync(context.RequestAborted);
        if (header.LastKnownTransactionId is null)
        {
            throw new SoledadProtocolException("The header lacks last_known_trans_id.");
        }

        return source.Replica == await store.BeginSyncAsync(user.Id, source, header, acknowledges, context.RequestAborted)
            ? throw new SoledadProtocolException(WireErrors.InvalidReplicaUid)
            : (source, reader, header);
    }

    private async Task UploadAsync(HttpContext context, User user)
    {
        var (source, reader, header) = await BeginAsync(context, user, acknowledges: false);
        var cancellationToken = context.RequestAborted;
        var (stream, staged, octets, total) = (Guid.NewGuid().ToString("n"), 0, 0L, 0L);
        var batch = new List<SyncEntry>();
        try
        {
            while (await reader.ReadEntryAsync(cancellationToken) is { } entry)
            {
                ContentRules.Check(entry, user.Mode);
                batch.Add(entry);
                octets += EntryOctets + entry.Rev.Length + entry.TransactionId.Length + (entry.Content?.Length ?? 0);
                if (octets > BatchOctets)
                {
                    // What is staged takes the disk as well, whether the account gets it or not.
                    if ((total += octets) > room)
                    {
                        throw new SoledadProtocolException(WireErrors.QuotaExceeded);
                    }

                    await store.StageAsync(user.Id, stream, staged, batch, cancellationToken);
                    (staged, octets) = (staged + batch.Count, 0);
                    batch.Clear();
                }
            }

            var answer = await store.UploadAsync(user.Id, source, header, staged > 0 ? stream : null, staged, batch, cancellationToken, room);
            SoledadRequest.Begin(context, 200, SyncMediaTypes.PutAnswer);
            var writer = new SyncStreamWriter(context.Response.BodyWriter);
            await writer.WriteNewGenerationAsync(answer, cancellationToken);
            await writer.CompleteAsync(cancellationToken);
        }
        catch when (staged > 0)
        {
            await store.DropStagedAsync(user.Id, stream);
            throw;
        }
    }

    private async Task DownloadAsync(HttpContext context, User user)
    {
        var (source, reader, header) = await BeginAsync(context, user, acknowledges: true);
        var cancellationToken = context.RequestAborted;
        if (await reader.ReadEntryAsync(cancellationToken) is not null)
        {
            throw new SoledadProtocolException("A request for a download brings no documents.");
        }

        await DocumentStream.WriteAsync(context, store, store.BeginDownload(user.Id, source.Replica, header));
    }
}
