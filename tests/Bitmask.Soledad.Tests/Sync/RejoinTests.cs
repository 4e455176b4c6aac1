namespace Bitmask.Soledad.Tests.Sync;

/// <summary>What the simulation has found once, told in a few lines each.</summary>
public sealed class RejoinTests : IDisposable
{
    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Fact]
    public async Task Revision_GivenTwiceByCopies_IsAConflictAndNotTheSame()
    {
        var store = _devices.Add();
        var ours = await store.WriteAsync(tx => tx.Create("n", "{\"from\":\"one\"}"));

        var outcome = await store.WriteAsync(tx => tx.InsertFromSync(ours with { Json = "{\"from\":\"the other\"}" }, source: null));

        Assert.True(outcome is { IsMerged: true, IsArchived: true });
        var lost = Assert.Single(store.Read(r => r.Sql.Query("SELECT json FROM conflict_archive", static row => row.GetText(0))));
        Assert.Equal(["{\"from\":\"one\"}", "{\"from\":\"the other\"}"], new[] { outcome.Current.Json, lost }.Order());
        Assert.Empty(store.Read(r => r.Conflicts("n")));
    }

    [Fact]
    public async Task Revision_GivenTwiceAndTheProviderWentBack_ReachesAgreement()
    {
        var (one, other) = (_devices.Add(), _devices.Add());
        await one.WriteAsync(tx => tx.Create("w", Devices.Words("first")));
        await SyncAsync(one);
        await SyncAsync(other);
        var back = _provider.Backup();
        await one.WriteAsync(tx => tx.Put("w", tx.Get("w")!.Rev, Devices.Words("first", "here")));
        await SyncAsync(one);
        back();

        // What a copy of the first device writes under the same name.
        var twin = one.Read(r => r.Get("w"))! with { Json = Devices.Words("first", "there") };
        var sealedTwin = _devices.Codec(one).Encode(twin, 2);
        _provider.Plant(sealedTwin.WireId, sealedTwin.Rev, sealedTwin.Content);
        await SyncAsync(one);
        await SyncAsync(other);

        Assert.Equal(Devices.Words("first", "here", "there"), one.Read(r => r.Get("w"))!.Json);
        Assert.Equal(one.Read(r => r.Get("w")), other.Read(r => r.Get("w")));
    }

    [Fact]
    public async Task Rejoin_BrokenOff_StillGivesTheNewDatabaseWhatOthersWrote()
    {
        var (one, other) = (_devices.Add(), _devices.Add());
        await other.WriteAsync(tx => tx.Create("theirs", "{}"));
        await SyncAsync(other);
        await one.WriteAsync(tx => tx.Create("ours", "{}"));
        await SyncAsync(one);
        _provider.Replace("0ther00000000000000000000000000f");
        var planted = _devices.Codec(other).Encode(new Document("third", "other:1", "{}"), 7);
        _provider.HasDatabase = true;
        _provider.Plant(planted.WireId, planted.Rev, planted.Content);

        // The download of the re-join is stored, then the machine stops: the upload of the next sync is no longer the first.
        _provider.FailUploadsAfter = 0;
        await Assert.ThrowsAsync<SoledadException>(() => SyncAsync(one));
        await one.WriteAsync(tx => tx.RecordSync(new SyncSource(_provider.Uid, 1, "T-" + 1.ToString("x8") + 1.ToString("x24"))));
        _provider.FailUploadsAfter = null;
        await SyncAsync(one);

        Assert.Equal(3, _provider.Documents.Count);
        Assert.False(one.Read(RejoinRun.IsOpen));
    }

    private async Task SyncAsync(SoledadStore store)
    {
        using var client = _provider.Client(store, _devices.Codec(store));
        Assert.True((await client.SyncAsync()).IsComplete);
    }
}
