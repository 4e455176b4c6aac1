using System.Text.Json;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.SoledadServer;
using Bitmask.Provider.Tests.Blobs;
using Bitmask.Provider.Tests.World;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>The feed: told at once what was missed, told of every change, never told what is not wanted, never told too much.</summary>
public sealed class FeedTests
{
    [Fact]
    public async Task Feed_TellsAtOnceAndAfterEveryChange()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var feed = await Feed.OpenAsync(alice);

        Assert.Equal("text/event-stream", feed.MediaType);
        Assert.Equal("0 0", await feed.ReadAsync());
        await new Replica(alice).UploadAsync("d-1");
        Assert.Equal("1 0", await feed.ReadAsync());
        await provider.Store.AddIncomingAsync(alice.Id, "m-1", [1], null, TimeSpan.Zero, default);
        Assert.Equal("1 1", await feed.ReadAsync());
        Assert.Equal(": keepalive", await feed.ReadLaterAsync(provider.Clock));
    }

    [Fact]
    public async Task Feed_TakenUpAgain_TellsAtOnceOnlyWhatWasMissed()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        await replica.UploadAsync("d-1");
        string known;
        using (var first = await Feed.OpenAsync(alice))
        {
            await first.ReadAsync();
            known = first.LastId!;
        }

        using (var same = await Feed.OpenAsync(alice, known))
        {
            Assert.Equal(": nothing missed", await same.ReadAsync());
            await replica.UploadAsync("d-2");
            Assert.Equal("2 0", await same.ReadAsync());
        }

        using var missed = await Feed.OpenAsync(alice, known);
        Assert.Equal("2 0", await missed.ReadAsync());
        Assert.NotEqual(known, missed.LastId);
        foreach (var unknown in (string[])["", "2-0", "999.aaaaaaaa-7", new string('9', 4000)])
        {
            using var other = await Feed.OpenAsync(alice, unknown);
            Assert.Equal("2 0", await other.ReadAsync());
        }

        using var after = await Feed.OpenAsync(alice, missed.LastId);
        Assert.Equal(": nothing missed", await after.ReadAsync());
        await provider.RestartAsync();
        using var restarted = await Feed.OpenAsync(alice, missed.LastId);
        Assert.Equal(": nothing missed", await restarted.ReadAsync());
    }

    [Fact]
    public async Task Feed_OfBlobs_TellsThoseWhoAskedForThem()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var plain = await Feed.OpenAsync(alice);
        using var blobs = await Feed.OpenAsync(alice, kinds: "blobs");
        using var all = await Feed.OpenAsync(alice, kinds: "documents,incoming,blobs");
        Assert.Equal("0 0", await plain.ReadAsync());
        Assert.Equal("0 0 0", await blobs.ReadAsync());
        Assert.Equal("0 0 0", await all.ReadAsync());

        var count = 0;
        foreach (var change in (Func<Task>[])[
            () => alice.PutAsync("a", [1, 2, 3]),
            () => alice.TextAsync(HttpMethod.Post, "a", "[\"PENDING\"]"),
            () => alice.TextAsync(HttpMethod.Delete, "a"),
            () => alice.TextAsync(HttpMethod.Post, "a?undelete=true")])
        {
            await change();
            Assert.Equal($"0 0 {++count}", await blobs.ReadAsync());
            Assert.Equal($"0 0 {count}", await all.ReadAsync());
        }

        await new Replica(alice).UploadAsync("d-1");
        Assert.Equal("1 0", await plain.ReadAsync()); // nothing before it
        Assert.Equal($"1 0 {count}", await all.ReadAsync());
        Assert.Equal(": keepalive", await blobs.ReadLaterAsync(provider.Clock)); // and nothing of documents
    }

    [Theory]
    [InlineData("blobs,everything")]
    [InlineData("")]
    [InlineData("blobs,blobs,blobs,blobs,blobs,blobs,blobs,blobs,blobs,blobs,blobs,blobs")]
    public async Task Feed_OfUnknownKinds_IsRefused(string kinds)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);

        using var response = await alice.SoledadAsync(HttpMethod.Get, $"/user-{alice.Id.Value}/feed?kinds={kinds}");

        Assert.Equal(400, (int)response.StatusCode);
    }

    [Fact]
    public async Task Feed_OneMoreThanAnAccountMayHave_EndsTheOldest_AndNobodyElses()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var bob = await Person.SealedAsync(provider, "bob");
        using var other = await Feed.OpenAsync(bob);
        Assert.Equal("0 0", await other.ReadAsync());
        var feeds = new List<Feed>();
        for (var i = 0; i <= FeedListeners.MaxPerAccount; i++)
        {
            feeds.Add(await Feed.OpenAsync(alice));
            Assert.Equal("0 0", await feeds[^1].ReadAsync());
        }

        Assert.Null(await feeds[0].ReadAsync());
        await provider.Store.AddIncomingAsync(alice.Id, "m-1", [1], null, TimeSpan.Zero, default);
        await provider.Store.AddIncomingAsync(bob.Id, "m-1", [1], null, TimeSpan.Zero, default);
        foreach (var feed in feeds[1..].Append(other))
        {
            Assert.Equal("0 1", await feed.ReadAsync());
        }

        feeds.ForEach(feed => feed.Dispose());
    }

    [Fact]
    public async Task Feed_OfASessionThatWasEnded_TellsNothingMore()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var feed = await Feed.OpenAsync(alice);
        await feed.ReadAsync();

        using var logout = await alice.ApiAsync(HttpMethod.Delete, "/1/logout");
        await provider.Store.AddIncomingAsync(alice.Id, "m-1", [1], null, TimeSpan.Zero, default);

        Assert.Null(await feed.ReadAsync());
    }

    [Fact]
    public async Task Feed_OfOurClient_HearsOfChangesAndOfWhatItMissed()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var client = new Bitmask.Soledad.FeedClient(
            provider.Soledad, provider.Soledad.BaseAddress!, alice.Id, _ => Task.FromResult(alice.Token), TimeProvider.System, new() { FirstDelay = TimeSpan.FromMilliseconds(1) });
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await using var news = client.ListenAsync(stop.Token).GetAsyncEnumerator(stop.Token);

        Assert.True(await news.MoveNextAsync());
        Assert.Equal((0, 0), (news.Current.Generation, news.Current.Incoming));
        await new Replica(alice).UploadAsync("d-1");
        Assert.True(await news.MoveNextAsync());
        Assert.Equal((1, 0), (news.Current.Generation, news.Current.Incoming));
        await provider.StopAsync();
        await provider.StartHostAsync();
        await provider.Store.AddIncomingAsync(alice.Id, "m-1", [1], null, TimeSpan.Zero, default);
        do
        {
            Assert.True(await news.MoveNextAsync());
        }
        while (news.Current.Incoming == 0);
        Assert.Equal((1, 1), (news.Current.Generation, news.Current.Incoming));
    }

    /// <summary>A feed as it comes over the wire.</summary>
    private sealed class Feed : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
        private readonly HttpResponseMessage _response;
        private readonly StreamReader _reader;

        private Feed(HttpResponseMessage response, Stream body)
        {
            _response = response;
            _reader = new StreamReader(body);
        }

        public string? LastId { get; private set; }

        public string? MediaType => _response.Content.Headers.ContentType?.ToString();

        public static async Task<Feed> OpenAsync(Person person, string? lastId = null, string? kinds = null)
        {
            var response = await person.SoledadAsync(
                HttpMethod.Get, $"/user-{person.Id.Value}/feed{(kinds is null ? "" : "?kinds=" + kinds)}", null, lastId is null ? [] : [("Last-Event-ID", lastId)]);
            Assert.Equal(200, (int)response.StatusCode);
            return new Feed(response, await response.Content.ReadAsStreamAsync());
        }

        /// <summary>The numbers of the next event, or a comment; null at the end.</summary>
        public async Task<string?> ReadAsync()
        {
            string? what = null;
            while (await _reader.ReadLineAsync().WaitAsync(Patience) is { } line)
            {
                if (line.Length == 0)
                {
                    return what;
                }

                if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    LastId = line[4..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    var data = JsonSerializer.Deserialize(line[6..], SoledadJson.Default.FeedEvent)!;
                    what = $"{data.Generation} {data.Incoming}{(data.Blobs is { } blobs ? " " + blobs : "")}";
                }
                else if (line != "event: change")
                {
                    what = line;
                }
            }

            return null;
        }

        /// <summary>What comes when nothing happens. The server may just be about to look at the clock, so it is moved more than once.</summary>
        public async Task<string?> ReadLaterAsync(FakeTimeProvider clock)
        {
            var read = ReadAsync();
            while (!read.IsCompleted)
            {
                clock.Advance(TimeSpan.FromSeconds(31));
                await Task.WhenAny(read, Task.Delay(50));
            }

            return await read;
        }

        public void Dispose()
        {
            _reader.Dispose();
            _response.Dispose();
        }
    }
}
