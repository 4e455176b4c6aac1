using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>The way of a mail to the incoming box, out of it, and the feed that tells of it, each cut at every place.</summary>
[Trait("Kind", "large")]
public sealed class CutMailTests
{
    private const int MostPlaces = 300;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The sender repeats what it got no answer for: one mail is in the box, and none is lost that was accepted.</summary>
    [Theory]
    [InlineData(Way.Up)]
    [InlineData(Way.Down)]
    public async Task Delivery_CutAtEveryPlace_RepeatedIsOneMail(Way way)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider, withKey: true);
        await using var line = CutLine.Start(provider.Host.Ports.Mx, isTls: false);
        var (places, isDelivered) = (0, false);
        for (; !isDelivered; places++)
        {
            var mail = Post.Mail("x@outside.test", alice.Address, subject: $"mail {places}", id: $"<{places}@outside.test>");
            line.Begin(way, places);
            try
            {
                isDelivered = (await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], mail, line.Port))[0].Code == 250;
            }
            catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or OperationCanceledException)
            {
                Assert.True(line.WasCut, e.ToString());
            }

            Assert.Equal(250, (await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], mail))[0].Code);
            var box = await alice.ReadIncomingAsync();
            Assert.True(box.Count == places + 1, $"{way} {places}: {box.Count} mails");
            Assert.True(box[^1].Content.Span.EndsWith(mail));
        }

        Assert.InRange(places, 6, MostPlaces);
    }

    [Theory]
    [InlineData(Way.Up)]
    [InlineData(Way.Down)]
    public async Task Box_CutAtEveryPlace_LosesNothing(Way way)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider, withKey: true);
        await using var line = CutLine.Start(provider.Host.Ports.Api);
        var places = 0;
        for (var wasCut = true; wasCut; places++)
        {
            var mail = Post.Mail("x@outside.test", alice.Address, subject: $"mail {places}", id: $"<{places}@outside.test>");
            await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], mail);
            using var http = provider.Client(provider.Soledad.BaseAddress!.ToString(), line.Port);
            line.Begin(way, places);
            byte[]? seen = null;
            try
            {
                seen = await TakeAsync(alice, http, wrapper => seen = wrapper);
            }
            catch (SoledadException e)
            {
                Assert.True(line.WasCut && e is { Code: SoledadCodes.Unavailable, IsTransient: true }, $"{way} {places}: {e}");
            }

            // Only what was wholly read can have been removed.
            wasCut = line.WasCut;
            var wrapper = await TakeAsync(alice, provider.Soledad, static _ => { }) ?? seen;
            Assert.True(IncomingContent.Parse(alice.Decrypt(wrapper)).Content.Span.EndsWith(mail), $"{way} {places}");
            Assert.Empty(await Box(alice, provider.Soledad).ListAsync());
        }

        Assert.InRange(places, 8, MostPlaces);
    }

    [Theory]
    [MemberData(nameof(FaultyRequestTests.Names), MemberType = typeof(FaultyRequestTests))]
    public async Task Box_EveryRequestGoesWrongSo_LosesNothing(string way)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider, withKey: true);
        await using var line = await FaultLine.StartAsync(provider);
        for (var number = 0; number < 3; number++)
        {
            var mail = Post.Mail("x@outside.test", alice.Address, subject: $"mail {number}", id: $"<{number}@outside.test>");
            await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], mail);
            line.Plan(number, FaultyRequestTests.Ways[way]);
            byte[]? seen = null;
            try
            {
                await TakeAsync(alice, line.Client, wrapper => seen = wrapper);
            }
            catch (SoledadException e)
            {
                Assert.True(e is { Code: SoledadCodes.Unavailable or SoledadCodes.BrokenAnswer, IsTransient: true }, $"{way}, request {number}: {e}");
            }

            var wrapper = await TakeAsync(alice, provider.Soledad, static _ => { }) ?? seen;
            Assert.True(IncomingContent.Parse(alice.Decrypt(wrapper)).Content.Span.EndsWith(mail), $"{way}, request {number}");
            Assert.Empty(await Box(alice, provider.Soledad).ListAsync());
        }
    }

    /// <summary>Whatever happens to the connection, the feed comes back and tells of the last state there is.</summary>
    [Theory]
    [InlineData(Way.Up)]
    [InlineData(Way.Down)]
    public async Task Feed_CutAtEveryPlace_ComesBackAndTellsTheLastState(Way way)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await using var line = CutLine.Start(provider.Host.Ports.Api);
        var places = 0;
        for (var wasCut = true; wasCut; places++)
        {
            using var http = provider.Client(provider.Soledad.BaseAddress!.ToString(), line.Port);
            var clock = new FakeTimeProvider();
            var feed = new FeedClient(http, http.BaseAddress!, alice.Id, _ => Task.FromResult(alice.Token), clock);
            var (told, waits) = (0L, 0);
            feed.Waiting += (failure, _) =>
            {
                Assert.True(line.WasCut && failure is { Code: SoledadCodes.Unavailable, IsTransient: true }, failure.ToString());
                line.Heal();
                Interlocked.Increment(ref waits);
            };
            line.Begin(way, places);
            using var ending = new CancellationTokenSource();
            var listening = ListenAsync(feed, news => Interlocked.Exchange(ref told, news.Generation), ending.Token);

            for (var change = 0; change < 3; change++)
            {
                var device = new Replica(alice);
                await device.UploadAsync($"d-{places}-{change}");
                var start = TimeProvider.System.GetTimestamp();
                while (Interlocked.Read(ref told) != provider.Store.ReadHeads(alice.Id).Generation)
                {
                    Assert.False(listening.IsFaulted, listening.Exception?.ToString());
                    Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"{way} {places}: the feed tells nothing");
                    clock.Advance(TimeSpan.FromSeconds(Volatile.Read(ref waits) > 0 ? 1 : 0));
                    await Task.Delay(2);
                }
            }

            wasCut = waits > 0;
            await ending.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);
        }

        Assert.InRange(places, 8, MostPlaces);
    }

    private static async Task ListenAsync(FeedClient feed, Action<FeedEvent> tell, CancellationToken cancellationToken)
    {
        await foreach (var news in feed.ListenAsync(cancellationToken))
        {
            tell(news);
        }
    }

    private static IncomingBoxClient Box(Person alice, HttpClient http) => new(http, http.BaseAddress!, alice.Id, _ => Task.FromResult(alice.Token));

    /// <summary>As a device does: list, fetch, keep, then remove. Null when nothing is there.</summary>
    private static async Task<byte[]?> TakeAsync(Person alice, HttpClient http, Action<byte[]> keep)
    {
        var box = Box(alice, http);
        if (await box.ListAsync() is not [var item] || await box.GetAsync(item.Id) is not { } wrapper)
        {
            return null;
        }

        keep(wrapper);
        await box.DeleteAsync(item.Id);
        return wrapper;
    }
}
