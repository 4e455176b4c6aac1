using System.Collections.Concurrent;
using System.Text.Json;
using System.Threading.Channels;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.SoledadServer;

/// <summary>
/// News for a device that is connected, <c>/user-UUID/feed</c>: server-sent events with the account's generation and incoming sequence. An
/// event tells that something is there, not what; several changes in a row may come as one.
/// </summary>
internal sealed class FeedEndpoint : IDisposable
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Channel<bool>, UserId> _listeners = new();
    private readonly ProviderStore _store;
    private readonly TimeProvider _clock;
    private readonly CancellationToken _stopping;

    public FeedEndpoint(ProviderStore store, TimeProvider clock, CancellationToken stopping)
    {
        _store = store;
        _clock = clock;
        _stopping = stopping;
        store.Changed += Wake;
    }

    public void Map(IEndpointRouteBuilder routes)
        => routes.MapGet("/user-{uuid}/feed", context => SoledadRequest.RunAsync(context, _store, ServeAsync));

    public void Dispose() => _store.Changed -= Wake;

    private void Wake(UserId account)
    {
        foreach (var (listener, owner) in _listeners)
        {
            if (owner == account)
            {
                listener.Writer.TryWrite(true);
            }
        }
    }

    private async Task ServeAsync(HttpContext context, User user)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _stopping);
        var token = SoledadAuthorization.TryParse(context.Request.Headers.Authorization, out _, out var value) ? value : "";
        var listener = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        _listeners[listener] = user.Id;
        SoledadRequest.Begin(context, 200, "text/event-stream");
        try
        {
            await WriteEventAsync(context, user.Id, ends.Token);
            while (true)
            {
                var hasNews = await WaitAsync(listener.Reader, ends.Token);
                if (await _store.UseTokenAsync(token, ends.Token) is null)
                {
                    return; // the session has ended; the device must log in again
                }

                if (hasNews)
                {
                    await WriteEventAsync(context, user.Id, ends.Token);
                }
                else
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
            _listeners.TryRemove(listener, out _);
        }
    }

    private Task WriteEventAsync(HttpContext context, UserId account, CancellationToken cancellationToken)
    {
        var (generation, incoming) = _store.ReadHeads(account);
        var data = JsonSerializer.Serialize(new FeedEvent { Generation = generation, Incoming = incoming }, SoledadJson.Default.FeedEvent);
        return WriteAsync(context, $"event: change\ndata: {data}\n\n", cancellationToken);
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellationToken)
    {
        await context.Response.WriteAsync(text, cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }

    /// <summary>True for news, false when it is time for a sign of life.</summary>
    private async Task<bool> WaitAsync(ChannelReader<bool> news, CancellationToken cancellationToken)
    {
        using var pause = new CancellationTokenSource(KeepAlive, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, cancellationToken);
        try
        {
            return await news.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
