using System.Globalization;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.SoledadServer;

/// <summary>
/// News for a device that is connected, <c>/user-UUID/feed</c>: server-sent events with the account's generation, incoming sequence and, for those who want it, changes of
/// blobs. An event tells that something is there, not what; several changes in a row may come as one. The first comes at once, unless the device says
/// by <c>Last-Event-ID</c> that it knows this very state; then a comment comes, so that it sees itself connected.
/// </summary>
internal sealed class FeedEndpoint : IDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);
    private static readonly string[] Kinds = [FeedKinds.Documents, FeedKinds.Incoming, FeedKinds.Blobs];

    private readonly FeedListeners _listeners = new();
    private readonly ProviderStore _store;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _stopping;

    public FeedEndpoint(ProviderStore store, TimeProvider clock, CancellationToken stopping)
    {
        _store = store;
        _clock = clock;
        _stopping = stopping;
        store.Changed += _listeners.Wake;
    }

    public void Map(IEndpointRouteBuilder routes)
        => routes.MapGet("/user-{uuid}/feed", context => SoledadRequest.RunAsync(context, _store, ServeAsync));

    public void Dispose() => _store.Changed -= _listeners.Wake;

    private static string[] ReadKinds(HttpContext context) => context.Request.Query["kinds"] switch
    {
        [] => [FeedKinds.Documents, FeedKinds.Incoming],
        [{ Length: <= 64 } text] when text.Split(',') is var kinds && kinds.All(Kinds.Contains) => kinds,
        _ => throw new SoledadProtocolException("kinds names what a feed does not tell."),
    };

    private async Task ServeAsync(HttpContext context, User user)
    {
        var kinds = ReadKinds(context);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping);
        var token = SoledadAuthorization.TryParse(context.Request.Headers.Authorization, out _, out var value) ? value : "";
        var told = context.Request.Headers["Last-Event-ID"].ToString();
        var listener = _listeners.Add(user.Id); // before the first look: what happens after it wakes us
        SoledadRequest.Begin(context, 200, "text/event-stream");
        try
        {
            var (state, text) = ReadState(user.Id, kinds);
            await WriteAsync(context, state == told ? ": nothing missed\n\n" : text, ends.Token);
            for (told = state; await listener.WaitAsync(KeepAlive, _clock, ends.Token) is { } hasNews;)
            {
                if (await _store.UseTokenAsync(token, ends.Token) is null)
                {
                    return; // the session has ended; the device must log in again
                }

                (state, text) = hasNews ? ReadState(user.Id, kinds) : (told, "");
                if (state != told)
                {
                    await WriteAsync(context, text, ends.Token);
                    told = state;
                }
                else if (!hasNews)
                {
                    await WriteAsync(context, ": keepalive\n\n", ends.Token);
                }
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The device hung up, or we stop.
        }
        finally
        {
            _listeners.Remove(listener);
        }
    }

    /// <summary>The name of the state as far as it is wanted, and the event that tells of it.</summary>
    private (string Id, string Event) ReadState(UserId account, string[] kinds)
    {
        var (generation, transaction, incoming, blobs) = _store.ReadHeads(account);

        // With a piece of the transaction id: after a restored backup a generation comes a second time.
        var id = string.Join('-', kinds.Select(kind => kind switch
        {
            FeedKinds.Documents => string.Create(CultureInfo.InvariantCulture, $"{generation}.{transaction.AsSpan(Math.Max(0, transaction.Length - 8))}"),
            FeedKinds.Incoming => incoming.ToString(CultureInfo.InvariantCulture),
            _ => blobs.ToString(CultureInfo.InvariantCulture),
        }));
        var news = new FeedEvent { Generation = generation, Incoming = incoming, Blobs = kinds.Contains(FeedKinds.Blobs) ? blobs : null };
        return (id, $"event: change\nid: {id}\ndata: {JsonSerializer.Serialize(news, SoledadJson.Default.FeedEvent)}\n\n");
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellationToken)
    {
        await context.Response.WriteAsync(text, cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
