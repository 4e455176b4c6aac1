using System.Text;
using System.Text.Json;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Tests.World;
using Bitmask.Sqlite;
using Bitmask.Testing;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>What networks, disks and clocks do to a sync: each time a clear answer, nothing half stored, and all is well afterwards.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task Upload_ThatEndsAnywhere_IsRefusedAndStoresNothing()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        var body = await replica.BodyAsync(replica.Header(), Documents(replica, "d-1", "d-2", "d-3"));

        for (var length = 0; length < body.Length; length++)
        {
            var (status, answer) = await replica.PostAsync(body[..length], SyncMediaTypes.Put);
            Assert.Equal((400, "bad request"), (status, Error(answer)));
            Assert.Equal(0, provider.Store.ReadHeads(alice.Id).Generation);
        }

        Assert.Equal(400, (await replica.PostAsync([.. body, (byte)'x'], SyncMediaTypes.Put)).Status);
        Assert.Equal(0, provider.Store.UsedOctets(alice.Id));
        Assert.Equal(200, (await replica.PostAsync(body, SyncMediaTypes.Put)).Status);
        Assert.Equal(["d-3", "d-2", "d-1"], (await replica.QueryAsync("{}")).Ids);
    }

    [Fact]
    public async Task Upload_WhoseConnectionBreaks_StoresNothing_AndSucceedsWhenItIsRepeated()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var last = new Replica(alice);
        var body = await last.BodyAsync(last.Header(), Documents(last, "d-1", "d-2", "d-3"));

        // At both sides of the end of every line, where the parts of the stream meet; each time with documents of other names.
        var text = Encoding.UTF8.GetString(body);
        var ends = Enumerable.Range(1, body.Length - 1).Where(i => text[i - 1] == '\n' || text[i] == '\n').ToList();
        foreach (var cut in ends)
        {
            var replica = new Replica(alice);
            var broken = await replica.BodyAsync(replica.Header(), Documents(replica, $"c{cut}-1", $"c{cut}-2", $"c{cut}-3"));
            using var content = new StreamContent(new CuttingStream(new MemoryStream(broken), Math.Min(cut, broken.Length - 1)));
            content.Headers.TryAddWithoutValidation("Content-Type", SyncMediaTypes.Put);
            content.Headers.ContentLength = broken.Length;
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => alice.SoledadAsync(HttpMethod.Post, replica.Path, content));
        }

        Assert.Equal(200, (await last.PostAsync(body, SyncMediaTypes.Put)).Status);
        await provider.RestartAsync(); // whatever still runs has ended then
        Assert.Equal(["d-3", "d-2", "d-1"], (await last.QueryAsync("{}")).Ids);
        Assert.True(ends.Count > 10);
    }

    [Fact]
    public async Task Upload_Repeated_AtOnceOrLater_ChangesNothingMore()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        var body = await replica.BodyAsync(replica.Header(), Documents(replica, "d-1", "d-2", "d-3"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => replica.PostAsync(body, SyncMediaTypes.Put)));
        var later = await replica.PostAsync(body, SyncMediaTypes.Put);

        Assert.All(answers.Append(later), answer => Assert.Equal((200, later.Body), answer));
        Assert.Equal(3, provider.Store.ReadHeads(alice.Id).Generation);
        var all = await replica.QueryAsync("{}");
        Assert.Equal(["d-3", "d-2", "d-1"], all.Ids);
        Assert.Equal([3L, 2, 1], all.Entries.Select(static entry => entry.Generation));
    }

    [Fact]
    public async Task Uploads_InTheWrongOrder_TheLateOneIsRefused_AndNoOtherIsHarmed()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        var first = await replica.BodyAsync(replica.Header(), Documents(replica, "d-1", "d-2"));
        var second = await replica.BodyAsync(replica.Header(), Documents(replica, "d-3"));

        Assert.Equal(200, (await replica.PostAsync(second, SyncMediaTypes.Put)).Status);
        var (status, body) = await replica.PostAsync(first, SyncMediaTypes.Put);

        Assert.Equal((409, "invalid generation"), (status, Error(body)));
        Assert.Equal(["d-3"], (await replica.QueryAsync("{}")).Ids);
        using var info = await alice.SoledadAsync(HttpMethod.Get, replica.Path);
        var known = JsonSerializer.Deserialize(await info.Content.ReadAsByteArrayAsync(), SoledadJson.Default.SyncInfo)!;
        Assert.Equal(3, known.SourceReplicaGeneration);

        // What was missed reaches the provider by a new name, as a client that joins again does it.
        var again = new Replica(alice);
        Assert.Equal(200, (await again.UploadAsync("d-1", "d-2")).Status);
        Assert.Equal(["d-2", "d-1", "d-3"], (await replica.QueryAsync("{}")).Ids);
    }

    [Fact]
    public async Task Download_BrokenByItsReader_DoesNotHarmTheNextOne()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        await replica.UploadAsync([.. Enumerable.Range(1, 20).Select(i => ($"d-{i}", $"{replica.Uid}:1", (string?)Replica.SealedOf(500_000)))]);
        var other = new Replica(alice);
        for (var octets = 1; octets < 10_000_000; octets *= 4)
        {
            using var response = await other.BeginDownloadAsync(other.Header());
            await using var body = await response.Content.ReadAsStreamAsync();
            await body.ReadExactlyAsync(new byte[octets]);
        }

        Assert.Equal(20, (await other.DownloadAsync()).Entries.Count);
        Assert.DoesNotContain(provider.Logs.Lines, static line => line.Level >= Microsoft.Extensions.Logging.LogLevel.Error);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(40)]
    [InlineData(10)]
    public async Task Disk_ThatIsFull_RefusesUploadsForAWhile_StoresNoneByHalf_AndKeepsWhatWasThere(int freePages)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider, withKey: true);
        var replica = new Replica(alice);
        Assert.Equal(200, (await replica.UploadAsync("before-1", "before-2")).Status);
        await provider.StopAsync();
        var pages = new FileInfo(new DataFolder(provider.DataPath).Database).Length / 4096;
        await provider.StartHostAsync(new DatabaseOptions { MaxPages = pages + freePages });

        var stored = new List<string> { "before-1", "before-2" };
        var refused = 0;
        for (var i = 1; i <= 60 && refused < 3; i++)
        {
            string[] ids = [$"d-{i}-1", $"d-{i}-2", $"d-{i}-3"];
            var device = new Replica(alice);
            var (status, body) = await device.UploadAsync([.. ids.Select(id => (id, $"{device.Uid}:1", (string?)Replica.SealedOf(20_000)))]);
            if (status == 200)
            {
                stored.AddRange(ids);
            }
            else
            {
                Assert.Equal((503, "unavailable"), (status, Error(body)));
                refused++;
            }
        }

        Assert.Equal(3, refused);
        Assert.Equal(stored.Order(StringComparer.Ordinal), (await replica.QueryAsync("{}")).Ids.Order(StringComparer.Ordinal));
        var mail = Post.Mail("x@outside.test", alice.Address, body: new string('x', 200_000) + "\r\n");
        Assert.InRange((await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], mail))[0].Code, 400, 499);
        Assert.Empty(provider.Store.CheckIntegrity());

        await provider.RestartAsync();
        Assert.Equal(200, (await replica.UploadAsync("after")).Status);
        Assert.Equal(250, (await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], mail))[0].Code);
        Assert.Equal(stored.Count + 1, (await replica.QueryAsync("{}")).Entries.Count);
    }

    [Fact]
    public async Task Disk_ThatFillsUpInALongUpload_LeavesNothingStaged()
    {
        await using var provider = await TestProvider.StartAsync(database: new DatabaseOptions { MaxPages = 4096 });
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        var large = Enumerable.Range(1, 5).Select(i => ($"d-{i}", $"{replica.Uid}:1", (string?)Replica.SealedOf(6_000_000))).ToList();

        Assert.Equal(503, (await replica.UploadAsync(large)).Status);

        Assert.Equal(0, provider.Store.UsedOctets(alice.Id));
        var small = new Replica(alice);
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal(200, (await small.UploadAsync(($"s-{i}", $"{small.Uid}:1", Replica.SealedOf(1_000_000)))).Status); // there is room for them again
        }
    }

    [Fact]
    public async Task Clock_ThatJumps_NeitherOpensSessionsNorLosesAnything()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var replica = new Replica(alice);
        await replica.UploadAsync("d-1");
        var now = provider.Clock.GetUtcNow();

        // Back by some minutes: nobody notices. Back by a year: what was opened in what is now the future does not stay open until then.
        provider.Clock.AdjustTime(now.AddMinutes(-10));
        Assert.Equal(200, (await replica.UploadAsync("d-2")).Status);
        provider.Clock.AdjustTime(now.AddYears(-1));
        Assert.Equal(401, (await replica.UploadAsync("d-3")).Status);
        alice.Token = await provider.Store.CreateTokenAsync(alice.Id, default);
        Assert.Equal(["d-1", "d-2"], (await replica.DownloadAsync()).Ids);
        await provider.Store.CleanAsync(default);
        await provider.Store.CompactAsync(default);
        Assert.Equal(200, (await replica.UploadAsync("d-4")).Status);

        // Far ahead and back again.
        provider.Clock.AdjustTime(now.AddYears(20));
        Assert.Equal(401, (await replica.UploadAsync("d-5")).Status);
        var future = await provider.Store.CreateTokenAsync(alice.Id, default);
        alice.Token = future;
        await replica.DownloadAsync();
        await provider.Store.CleanAsync(default);
        await provider.Store.CompactAsync(default);
        provider.Clock.AdjustTime(now.AddHours(1));
        Assert.Equal(401, (await replica.UploadAsync("d-6")).Status);
        alice.Token = await provider.Store.CreateTokenAsync(alice.Id, default);
        Assert.Equal(200, (await replica.UploadAsync("d-7")).Status);
        Assert.Equal(4, (await new Replica(alice).DownloadAsync()).Entries.Count);
    }

    private static (string, string, string?)[] Documents(Replica replica, params string[] ids) => [.. ids.Select(id => (id, $"{replica.Uid}:1", (string?)Replica.Sealed))];

    private static string Error(string body) => JsonDocument.Parse(body).RootElement.GetProperty("error").GetString()!;
}
