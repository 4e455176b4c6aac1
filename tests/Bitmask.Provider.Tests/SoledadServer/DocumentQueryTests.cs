using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>The query for current documents: which, in which order, and how the answer goes together with a download.</summary>
public sealed class DocumentQueryTests
{
    [Fact]
    public async Task Query_ByGenerationSizeAndLimit_AnswersNewestFirst()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var device = new Replica(alice);
        await device.UploadAsync([.. Enumerable.Range(1, 6).Select(i => ($"d-{i}", $"{device.Uid}:1", (string?)Replica.SealedOf(100 * i)))]);
        await device.UploadAsync(("d-2", $"{device.Uid}:2", Replica.SealedOf(200)));

        var all = await device.QueryAsync("{}");
        Assert.Equal(["d-2", "d-6", "d-5", "d-4", "d-3", "d-1"], all.Ids);
        Assert.Equal((7, 6, all.Entries[0].TransactionId), (all.Head.Generation, all.Head.NumberOfChanges, all.Head.TransactionId));
        Assert.Equal(Replica.SealedOf(600), all.Entries[1].Content);
        Assert.Null(all.Entries[1].Size);
        Assert.Equal(["d-5", "d-4"], (await device.QueryAsync("{\"below\": 6, \"above\": 3}")).Ids);
        Assert.Equal(["d-2", "d-3", "d-1"], (await device.QueryAsync("{\"max_octets\": 300}")).Ids);
        Assert.Equal(["d-6", "d-5"], (await device.QueryAsync("{\"min_octets\": 301, \"limit\": 2}")).Ids);
        Assert.Equal(2, (await device.QueryAsync("{\"min_octets\": 301, \"limit\": 2}")).Head.NumberOfChanges);
        Assert.Equal(["d-5", "d-1"], (await device.QueryAsync("{\"ids\": [\"d-1\", \"nobody\", \"d-5\", \"d-1\"]}")).Ids);
        var sizes = await device.QueryAsync("{\"content\": false, \"limit\": 2}");
        Assert.Equal([(200L, (string?)null), (600L, null)], sizes.Entries.Select(e => (e.Size!.Value, e.Content)));
    }

    [Fact]
    public async Task Query_LongerThanAPage_IsWholeAndInOrder()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var device = new Replica(alice);
        await device.UploadAsync([.. Enumerable.Range(1, 1000).Select(i => ($"d-{i}", $"{device.Uid}:1", (string?)Replica.Sealed))]);
        await device.UploadAsync([.. Enumerable.Range(1, 5).Select(i => ($"large-{i}", $"{device.Uid}:1", (string?)Replica.SealedOf(3_000_000)))]);

        var all = await device.QueryAsync("{}");
        var paged = new List<string>();
        for (long below = long.MaxValue; (await device.QueryAsync($$"""{"below": {{below}}, "limit": 300, "content": false}""")) is { Entries.Count: > 0 } page; below = page.Entries[^1].Generation)
        {
            paged.AddRange(page.Ids);
        }

        Assert.Equal(Enumerable.Range(1, 1005).Reverse().Select(i => i > 1000 ? $"large-{i - 1000}" : $"d-{i}"), all.Ids);
        Assert.Equal(all.Ids, paged);
        var ids = string.Join(",", Enumerable.Range(1, 1000).Select(i => $"\"d-{i}\""));
        Assert.Equal(1000, (await device.QueryAsync($"{{\"ids\": [{ids}]}}")).Entries.Count);
        Assert.Equal(1005, (await new Replica(alice).DownloadAsync()).Entries.Count);
    }

    [Theory]
    [InlineData("", 400, "bad request")]
    [InlineData("[]", 400, "bad request")]
    [InlineData("null", 400, "bad request")]
    [InlineData("{\"below\": -1}", 400, "bad request")]
    [InlineData("{\"limit\": 1e9}", 400, "bad request")]
    [InlineData("{\"limit\": 1, \"limit\": 2}", 400, "bad request")]
    [InlineData("{\"order\": \"oldest\"}", 400, "bad request")]
    [InlineData("{\"ids\": [\"../d\"]}", 400, "invalid document id")]
    [InlineData("{\"ids\": [null]}", 400, "invalid document id")]
    public async Task Query_ThatIsNone_IsRefused(string json, int status, string error)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var device = new Replica(alice);
        await device.UploadAsync("d-1");

        using var response = await device.BeginQueryAsync(json);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains($"\"{error}\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_OfAnAccountWithoutDatabase_SaysSo()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);

        using var response = await new Replica(alice).BeginQueryAsync("{}");

        Assert.Equal(404, (int)response.StatusCode);
        Assert.Contains("database does not exist", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Download_DocumentChangedOnTheWay_ComesWithTheNextOne()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var (device, other) = (new Replica(alice), new Replica(alice));
        await device.UploadAsync("d-1", "d-2", "d-3");

        var cursor = provider.Store.BeginDownload(alice.Id, other.Uid, other.Header());
        await device.UploadAsync(("d-2", $"{device.Uid}:2", Replica.Sealed));
        var (entries, next) = provider.Store.ReadPage(cursor);
        other.Known = (cursor.Head.Generation, cursor.Head.TransactionId);

        Assert.Equal(["d-1", "d-3"], entries.Select(e => e.Entry.Id));
        Assert.Null(next);
        Assert.Equal(["d-2"], (await other.DownloadAsync()).Ids);
    }
}
