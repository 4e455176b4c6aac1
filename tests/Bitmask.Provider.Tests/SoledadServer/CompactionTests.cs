using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;
using Bitmask.Provider.Tests.World;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>What goes from the server for good: only what every device has told to have, and what a device then learns that was away for too long.</summary>
public sealed class CompactionTests
{
    private static readonly TimeSpan Away = TimeSpan.FromDays(ProviderStore.ForgottenDays + 1);

    [Fact]
    public async Task Compact_OnlyTheNamedVersionThatEveryDeviceHas_IsRemoved()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var (laptop, phone) = (new Replica(alice), new Replica(alice));
        await laptop.UploadAsync("d-1", "d-2", "d-3");
        await laptop.DownloadAsync();
        await phone.DownloadAsync();
        await laptop.UploadAsync(("d-1", $"{laptop.Uid}:2", Replica.Sealed), ("d-2", $"{laptop.Uid}:2", Replica.Sealed));
        CompactItem[] graves = [new("d-1", $"{laptop.Uid}:2"), new("d-2", $"{laptop.Uid}:1"), new("never-was", "a:1")];

        // The phone has received generation 3, but has not said so yet: its next request will.
        Assert.Equal("never-was | d-1 d-2 | 0", await AnswerAsync(laptop, graves));
        await laptop.DownloadAsync();
        await phone.DownloadAsync();
        Assert.Equal("never-was | d-1 d-2 | 3", await AnswerAsync(laptop, graves));
        await laptop.DownloadAsync();
        await phone.DownloadAsync();
        var used = provider.Store.UsedOctets(alice.Id);

        Assert.Equal("d-1 never-was | d-2 | 5", await AnswerAsync(laptop, graves));
        Assert.Equal(["d-2", "d-3"], (await laptop.QueryAsync("{}")).Ids);
        Assert.True(provider.Store.UsedOctets(alice.Id) < used);
        Assert.Equal("d-1 never-was | d-2 | 5", await AnswerAsync(laptop, graves)); // repeated after an answer that got lost
        Assert.Empty((await phone.DownloadAsync()).Entries);
        Assert.Equal(200, (await phone.UploadAsync("d-1")).Status); // an id that is free again
    }

    [Fact]
    public async Task Device_BelowTheHorizon_IsToldThatItsGenerationIsUnknown()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var (laptop, tablet) = (new Replica(alice), new Replica(alice));
        await laptop.UploadAsync("d-1", "d-2");
        await tablet.DownloadAsync();
        await tablet.DownloadAsync();
        await laptop.UploadAsync(("d-1", $"{laptop.Uid}:2", Replica.Sealed));
        await laptop.DownloadAsync();
        await laptop.DownloadAsync();
        CompactItem[] graves = [new("d-1", $"{laptop.Uid}:2")];
        Assert.Equal(["d-1"], (await laptop.CompactAsync(graves)).Kept);

        await PassAsync(provider, alice, Away);
        await laptop.DownloadAsync();
        Assert.Equal(["d-1"], (await laptop.CompactAsync(graves)).Removed);

        using var download = await tablet.BeginDownloadAsync(tablet.Header());
        Assert.Equal((409, "invalid generation"), ((int)download.StatusCode, await ErrorAsync(download)));
        Assert.Equal(409, (await tablet.UploadAsync("d-9")).Status);

        // It joins again under another name, and is told what there is.
        Assert.Equal(["d-2"], (await new Replica(alice).DownloadAsync()).Ids);
    }

    [Fact]
    public async Task Device_ThatStillFetchesOrHasJustBegun_HoldsEverythingUp()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var (laptop, fresh, backfilling) = (new Replica(alice), new Replica(alice), new Replica(alice));
        await laptop.UploadAsync("d-1");
        await laptop.DownloadAsync();
        await laptop.DownloadAsync();
        CompactItem[] graves = [new("d-1", $"{laptop.Uid}:1")];

        using var info = await alice.SoledadAsync(HttpMethod.Get, fresh.Path);
        Assert.Equal(0, (await laptop.CompactAsync(graves)).Horizon);
        await fresh.DownloadAsync();
        await fresh.DownloadAsync();
        backfilling.Known = fresh.Known;
        await backfilling.DownloadAsync(backfill: true);
        await backfilling.DownloadAsync(backfill: true);
        Assert.Equal(["d-1"], (await laptop.CompactAsync(graves)).Kept);
        await backfilling.DownloadAsync();
        Assert.Equal(["d-1"], (await laptop.CompactAsync(graves)).Removed);
    }

    [Fact]
    public async Task Device_SetBackToAnOlderState_HoldsUpWhatItLacksAgain()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var laptop = new Replica(alice);
        await laptop.UploadAsync("d-1");
        await laptop.DownloadAsync();
        var old = laptop.Known;
        await laptop.UploadAsync("d-2");
        await laptop.DownloadAsync();
        await laptop.DownloadAsync();
        Assert.Equal(2, provider.Store.ReadHorizon(alice.Id));

        laptop.Known = old;
        await laptop.DownloadAsync();

        Assert.Equal(1, provider.Store.ReadHorizon(alice.Id));
    }

    [Fact]
    public async Task Device_Removed_HoldsNothingUp_AndOneWhoseSessionLivesIsNotForgotten()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var (laptop, phone) = (new Replica(alice), new Replica(alice));
        var device = DeviceId.New();
        await laptop.UploadAsync("d-1");
        await laptop.DownloadAsync();
        await laptop.DownloadAsync();
        var laptopToken = alice.Token;
        alice.Token = await provider.Store.CreateTokenAsync(alice.Id, default);
        await provider.Store.PutDeviceAsync(alice.Id, device, [1, 2, 3], alice.Token, default);
        await phone.DownloadAsync();
        alice.Token = laptopToken;
        Assert.Equal(0, provider.Store.ReadHorizon(alice.Id));

        await PassAsync(provider, alice, Away);
        await provider.Store.TouchDeviceAsync(alice.Id, device, default);
        await laptop.DownloadAsync();
        Assert.Equal(0, provider.Store.ReadHorizon(alice.Id));
        await provider.Store.RevokeDeviceAsync(alice.Id, device, alice.Token, default);
        Assert.Equal(1, provider.Store.ReadHorizon(alice.Id));
    }

    [Fact]
    public async Task Name_GivenUp_HoldsNothingUp_UntilSomebodyComesUnderItAgain()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var bob = await Person.SealedAsync(provider, "bob");
        var (laptop, former) = (new Replica(alice), new Replica(alice));
        await former.UploadAsync("d-1");
        await laptop.DownloadAsync();
        await laptop.DownloadAsync();
        Assert.Equal(0, provider.Store.ReadHorizon(alice.Id));
        var path = former.Path.Replace(alice.Id.Value, bob.Id.Value, StringComparison.Ordinal);
        using var foreign = await bob.SoledadAsync(HttpMethod.Delete, path);
        Assert.Equal((200, 0L), ((int)foreign.StatusCode, provider.Store.ReadHorizon(alice.Id)));

        using var forgotten = await alice.SoledadAsync(HttpMethod.Delete, former.Path);
        using var again = await alice.SoledadAsync(HttpMethod.Delete, former.Path);

        Assert.Equal((200, 200, 1L), ((int)forgotten.StatusCode, (int)again.StatusCode, provider.Store.ReadHorizon(alice.Id)));
        using var info = await alice.SoledadAsync(HttpMethod.Get, former.Path);
        Assert.Contains("\"source_replica_generation\":1", await info.Content.ReadAsStringAsync(), StringComparison.Ordinal); // a copy is still told apart
        Assert.Equal(0, provider.Store.ReadHorizon(alice.Id));
    }

    [Fact]
    public async Task Log_KeepsTheLastChangeOfEachDocument_AndWhatDevicesProveToKnow()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var (laptop, phone) = (new Replica(alice), new Replica(alice));
        await laptop.UploadAsync("d-1", "d-2");
        for (var i = 2; i <= 20; i++)
        {
            await laptop.UploadAsync(("d-1", $"{laptop.Uid}:{i}", Replica.Sealed));
        }

        await SeeAllAsync(laptop, phone);
        await laptop.UploadAsync(("d-1", $"{laptop.Uid}:21", Replica.Sealed));
        await provider.Store.CompactAsync(default);
        Assert.Equal(["2 d-2", "21 d-1", "22 d-1"], await LogAsync(provider)); // 21 is no document's last change, but what both devices know
        Assert.Equal(200, (await phone.UploadAsync("d-3")).Status);

        await SeeAllAsync(laptop, phone);
        await provider.Store.CompactAsync(default);
        Assert.Equal(["2 d-2", "22 d-1", "23 d-3"], await LogAsync(provider));

        // What lies below goes with the next change of its document, without anybody looking for it.
        await laptop.UploadAsync(("d-2", $"{laptop.Uid}:2", Replica.Sealed));
        Assert.Equal(["22 d-1", "23 d-3", "24 d-2"], await LogAsync(provider));
    }

    [Fact]
    public async Task Tombstones_OfALeapAccount_GoOnceEveryReplicaThatEverWasHasThem()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        var (laptop, phone) = (new Replica(leo), new Replica(leo));
        await laptop.UploadAsync([("d-1", $"{laptop.Uid}:1", "{}"), ("d-2", $"{laptop.Uid}:1", "{}")]);
        await phone.DownloadAsync();
        await phone.DownloadAsync();
        await laptop.UploadAsync(("d-1", $"{laptop.Uid}:2", null));
        await laptop.DownloadAsync();
        await PassAsync(provider, leo, Away);
        await laptop.DownloadAsync();
        await provider.Store.CompactAsync(default);
        Assert.Equal(["d-1", "d-2"], (await laptop.QueryAsync("{}")).Ids); // LEAP's clients do not recover: nobody is forgotten

        Assert.Equal(["d-1"], (await phone.DownloadAsync()).Ids);
        await phone.DownloadAsync();
        await provider.Store.CompactAsync(default);

        Assert.Equal(["d-2"], (await laptop.QueryAsync("{}")).Ids);
        using var refused = await leo.SoledadAsync(HttpMethod.Post, $"/user-{leo.Id.Value}/compact", Person.Content("{\"ids\": []}", "application/json"));
        Assert.Equal(400, (int)refused.StatusCode);
    }

    [Fact]
    public async Task Replicas_WithoutEnd_AreRefused_AndGoOnOnceTheForgottenAreForgotten()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var first = new Replica(alice);
        await first.UploadAsync("d-1");
        for (var i = 1; i < 1000; i++)
        {
            await provider.Store.ReadSyncInfoAsync(alice.Id, new SyncSource($"r{i}"), default);
        }

        var (status, body) = await new Replica(alice).UploadAsync("d-2");
        Assert.Equal((403, "{\"error\":\"user quota exceeded\"}"), (status, body.TrimEnd()));
        Assert.Equal(200, (await first.UploadAsync("d-3")).Status);
        using var recorded = await alice.SoledadAsync(HttpMethod.Put, new Replica(alice).Path, Person.Content("{\"generation\": 1, \"transaction_id\": \"T-1\"}", "application/json"));
        Assert.Equal(403, (int)recorded.StatusCode);

        await PassAsync(provider, alice, Away);
        Assert.Equal(200, (await new Replica(alice).UploadAsync("d-4")).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("{\"ids\": null}")]
    [InlineData("{\"ids\": [null]}")]
    [InlineData("{\"ids\": [{\"id\": \"d-1\"}]}")]
    [InlineData("{\"ids\": [{\"id\": \"d-1\", \"rev\": \"\"}]}")]
    [InlineData("{\"ids\": [{\"id\": \"d/1\", \"rev\": \"a:1\"}]}")]
    [InlineData("{\"ids\": [], \"all\": true}")]
    public async Task Compact_ThatCanNotBeRead_IsRefused(string body)
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await new Replica(alice).UploadAsync("d-1");

        using var response = await alice.SoledadAsync(HttpMethod.Post, $"/user-{alice.Id.Value}/compact", Person.Content(body, "application/json"));

        Assert.Equal(400, (int)response.StatusCode);
    }

    /// <summary>All fetch what there is, and with the next request tell that they have it.</summary>
    private static async Task SeeAllAsync(params Replica[] replicas)
    {
        foreach (var replica in replicas.Concat(replicas))
        {
            await replica.DownloadAsync();
        }
    }

    private static async Task<IReadOnlyList<string>> LogAsync(TestProvider provider)
    {
        await provider.StopAsync();
        List<string> log;
        using (var database = Database.OpenPlain(new DataFolder(provider.DataPath).Database, new DatabaseOptions()))
        {
            log = database.Read(t => t.Query("SELECT generation || ' ' || doc_id FROM transaction_log ORDER BY generation", static row => row.GetText(0)));
        }

        await provider.StartHostAsync();
        return log;
    }

    private static async Task<string> AnswerAsync(Replica replica, CompactItem[] items)
    {
        var answer = await replica.CompactAsync(items);
        return $"{string.Join(' ', answer.Removed)} | {string.Join(' ', answer.Kept)} | {answer.Horizon}";
    }

    /// <summary>Time goes on, and the person logs in again.</summary>
    private static async Task PassAsync(TestProvider provider, Person person, TimeSpan time)
    {
        provider.Advance(time);
        person.Token = await provider.Store.CreateTokenAsync(person.Id, default);
    }

    private static async Task<string> ErrorAsync(HttpResponseMessage response)
        => System.Text.Json.JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement.GetProperty("error").GetString()!;
}
