using System.IO.Pipelines;
using System.Net;
using System.Text;
using Bitmask.Protocol.Soledad;
using Bitmask.Soledad.Tests.Sync;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Soledad.Tests.Incoming;

public sealed class FeedClientTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Listen_Events_ComeAsTheyAreSent()
    {
        var pipe = new Pipe();
        using var handler = new ScriptedHandler(_ => Stream(pipe));
        await using var news = Client(handler).ListenAsync().GetAsyncEnumerator();

        await SendAsync(pipe, ": keepalive\n\nevent: change\ndata: {\"generation\":5,\"incoming\":2}\n\n");
        Assert.True(await news.MoveNextAsync());
        Assert.Equal((5, 2), (news.Current.Generation, news.Current.Incoming));
        await SendAsync(pipe, "event: other\ndata: x\n\nevent: change\ndata: nonsense\n\nevent: change\r\ndata: {\"generation\":6,\"incoming\":2}\r\n\r\n");
        Assert.True(await news.MoveNextAsync());
        Assert.Equal(6, news.Current.Generation);
        Assert.Equal([$"GET /user-{Devices.Alice}/feed"], handler.Requests);
        await pipe.Writer.CompleteAsync();
    }

    [Fact]
    public async Task Listen_ConnectionBreaks_ComesBackAfterGrowingWaits()
    {
        var pipe = new Pipe();
        await SendAsync(pipe, "event: change\ndata: {\"generation\":9,\"incoming\":0}\n\n");
        var attempts = 0;
        using var handler = new ScriptedHandler(_ => ++attempts switch
        {
            1 => throw new HttpRequestException("No."),
            2 => new HttpResponseMessage(HttpStatusCode.ServiceUnavailable),
            3 => new HttpResponseMessage(HttpStatusCode.Unauthorized),
            _ => Stream(pipe),
        });
        var client = Client(handler);
        var waits = new List<(string, TimeSpan)>();
        client.Waiting += (why, wait) => waits.Add((why.Code, wait));
        await using var news = client.ListenAsync().GetAsyncEnumerator();

        Assert.Equal((9, 0), await NextAsync(news, handler, 4));
        Assert.Null(client.Failure);
        Assert.Equal([SoledadCodes.Unavailable, SoledadCodes.Unavailable, SoledadCodes.Unauthorized], waits.Select(w => w.Item1));
        Assert.All(waits.Select((w, i) => w.Item2.TotalSeconds / Math.Pow(2, i)), factor => Assert.InRange(factor, 0.5, 1));
    }

    [Fact]
    public async Task Listen_ConnectionTakenUpAgain_NamesTheLastEvent_AndSaysThatItStands()
    {
        var (first, second, third) = (new Pipe(), new Pipe(), new Pipe());
        var named = new List<string?>();
        var pipes = new Queue<Pipe>([first, second, third]);
        using var handler = new ScriptedHandler(request =>
        {
            named.Add(request.Headers.TryGetValues("Last-Event-ID", out var ids) ? ids.Single() : null);
            return Stream(pipes.Dequeue());
        });
        await using var news = Client(handler).ListenAsync().GetAsyncEnumerator();
        await SendAsync(first, "event: change\nid: 5.abc-2\ndata: {\"generation\":5,\"incoming\":2}\n\nevent: other\nid: 6\ndata: x\n\n");
        Assert.True(await news.MoveNextAsync());
        await first.Writer.CompleteAsync();

        await SendAsync(second, ": nothing missed\n\n");
        Assert.Equal((5, 2), await NextAsync(news, handler, 2));
        await SendAsync(second, "event: change\nid:\ndata: {\"generation\":6,\"incoming\":2}\n\n");
        Assert.Equal((6, 2), await NextAsync(news, handler, 2));
        await second.Writer.CompleteAsync();

        // An empty id takes back the one before.
        await SendAsync(third, "event: change\ndata: {\"generation\":7,\"incoming\":3}\n\n");
        Assert.Equal((7, 3), await NextAsync(news, handler, 3));
        Assert.Equal([null, "6", null], named);
        await third.Writer.CompleteAsync();
    }

    [Fact]
    public async Task Listen_Silence_IsABrokenConnection()
    {
        var (silent, speaking) = (new Pipe(), new Pipe());
        await SendAsync(speaking, "event: change\ndata: {\"generation\":1,\"incoming\":1}\n\n");
        using var handler = new ScriptedHandler(_ => Stream(silent), _ => Stream(speaking));
        await using var news = Client(handler).ListenAsync().GetAsyncEnumerator();

        Assert.Equal((1, 1), await NextAsync(news, handler, 2));
        Assert.Equal(2, handler.Requests.Count);
    }

    [Fact]
    public async Task Listen_EndlessEvent_IsABrokenConnection()
    {
        var speaking = new Pipe();
        await SendAsync(speaking, "event: change\ndata: {\"generation\":1,\"incoming\":1}\n\n");
        using var handler = new ScriptedHandler(
            _ => new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("data: " + new string('x', 100_000)) }, _ => Stream(speaking));
        var client = Client(handler);
        SoledadException? failure = null;
        client.Waiting += (why, _) => failure = why;
        await using var news = client.ListenAsync().GetAsyncEnumerator();
        Assert.Equal((1, 1), await NextAsync(news, handler, 2));
        Assert.Equal(SoledadCodes.Unavailable, failure?.Code);
    }

    [Fact]
    public async Task Listen_Cancelled_Ends()
    {
        using var handler = new ScriptedHandler(_ => Stream(new Pipe()));
        using var stop = new CancellationTokenSource();
        await using var news = Client(handler).ListenAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        var next = news.MoveNextAsync().AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    /// <summary>The next event, on the connection of that number. Once it is asked for no time passes: it would be silence on it.</summary>
    private async Task<(long Generation, long Incoming)> NextAsync(IAsyncEnumerator<FeedEvent> news, ScriptedHandler handler, int connection)
    {
        var next = news.MoveNextAsync().AsTask();
        while (handler.Requests.Count < connection && !next.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.True(await next);
        return (news.Current.Generation, news.Current.Incoming);
    }

    private FeedClient Client(ScriptedHandler handler)
        => new(handler.Client, ScriptedHandler.Soledad, Devices.Alice, ScriptedHandler.Token, _clock, new FeedOptions { Chance = new Random(1) });

    private static HttpResponseMessage Stream(Pipe pipe) => new(HttpStatusCode.OK) { Content = new StreamContent(pipe.Reader.AsStream()) };

    private static async Task SendAsync(Pipe pipe, string text) => await pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes(text));
}
