using Bitmask.Protocol.Soledad;

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

    [Fact]
    public async Task Copy_AndAProviderThatWentBack_TogetherHideNoEdit()
    {
        // The laptop writes and syncs; the phone takes it; then the provider and the laptop's home both go back to before it.
        var (laptop, phone) = (_devices.Add(), _devices.Add());
        await laptop.WriteAsync(tx => tx.Create("n", "{\"v\":\"first\"}"));
        await SyncAsync(laptop);
        await SyncAsync(phone);
        var back = _provider.Backup();
        var twin = laptop.Read(r => r.Get("n"))!;
        await laptop.WriteAsync(tx => tx.Put("n", tx.Get("n")!.Rev, "{\"v\":\"hidden\"}"));
        await SyncAsync(laptop);
        await SyncAsync(phone);
        back();

        // What the laptop of the copy writes has the revision of the hidden edit, and then a later one.
        var later = Revision.Parse(twin.Rev).Increment(laptop.ReplicaUid).Increment(laptop.ReplicaUid);
        var planted = _devices.Codec(laptop).Encode(new Document("n", later.ToString(), "{\"v\":\"later\"}"), 3);
        _provider.Plant(planted.WireId, planted.Rev, planted.Content);
        await SyncAsync(phone);

        Assert.Equal("{\"v\":\"later\"}", phone.Read(r => r.Get("n"))!.Json);
        Assert.Equal(["{\"v\":\"hidden\"}"], Archive(phone));
    }

    [Fact]
    public async Task Change_ThatNobodyCanHaveSeen_IsNotHiddenByACopyThatKnowsItsRevision()
    {
        var laptop = _devices.Add();
        await laptop.WriteAsync(tx => tx.Create("w", Devices.Words("first")));
        await SyncAsync(laptop);
        var name = laptop.ReplicaUid;
        await laptop.WriteAsync(tx => tx.Put("w", tx.Get("w")!.Rev, Devices.Words("first", "here")));

        // The copy has given the same revision to something else, joined again under another name, and gone on.
        var rev = Revision.Parse(laptop.Read(r => r.Get("w"))!.Rev).Increment("copy");
        var planted = _devices.Codec(_devices.Add()).Encode(new Document("w", rev.ToString(), Devices.Words("first", "there")), 1);
        _provider.Plant(planted.WireId, planted.Rev, planted.Content);
        await SyncAsync(laptop);

        Assert.NotEqual(name, laptop.ReplicaUid);
        Assert.Equal(Devices.Words("first", "here", "there"), laptop.Read(r => r.Get("w"))!.Json);
    }

    [Fact]
    public async Task Change_UnderThisDevicesName_ThatItNeverMade_IsACopys()
    {
        var laptop = _devices.Add();
        await laptop.WriteAsync(tx => tx.Create("w", Devices.Words("here")));
        await SyncAsync(laptop);
        var name = laptop.ReplicaUid;
        var planted = _devices.Codec(laptop).Encode(new Document("other", name + ":1", Devices.Words("there")), 2);
        _provider.Plant(planted.WireId, planted.Rev, planted.Content);
        await laptop.WriteAsync(tx => tx.Create("other", Devices.Words("mine")));

        await SyncAsync(laptop);

        Assert.NotEqual(name, laptop.ReplicaUid);
        Assert.Equal(Devices.Words("mine", "there"), laptop.Read(r => r.Get("other"))!.Json);
    }

    [Fact]
    public async Task Upload_WhoseAnswerWasLost_MakesNoCopyOfThisDevice()
    {
        var laptop = _devices.Add();
        using var line = new LostAnswer(_provider);
        await laptop.WriteAsync(tx => tx.Create("w", Devices.Words("here")));
        await SyncAsync(laptop);
        var name = laptop.ReplicaUid;
        await laptop.WriteAsync(tx => tx.Put("w", tx.Get("w")!.Rev, Devices.Words("here", "more")));
        using (var client = new SyncClient(
            laptop, _devices.Codec(laptop), new HttpClient(line, disposeHandler: false), new Uri("https://soledad.test"), Devices.Alice, _ => Task.FromResult("secret"), TimeProvider.System))
        {
            await Assert.ThrowsAsync<SoledadException>(() => client.SyncAsync());
        }

        await laptop.WriteAsync(tx => tx.Put("w", tx.Get("w")!.Rev, Devices.Words("here", "most")));
        await SyncAsync(laptop);

        Assert.Equal(name, laptop.ReplicaUid);
        Assert.Equal(Devices.Words("here", "most"), laptop.Read(r => r.Get("w"))!.Json);
    }

    [Fact]
    public async Task Provider_ThatIsNotThere_IsNoDefect()
    {
        _provider.AlwaysAnswer = System.Net.HttpStatusCode.NotFound;
        using var client = _provider.Client(_devices.Add(), _devices.Codec(_devices.Add()));

        Assert.Equal(SoledadCodes.NotFound, (await Assert.ThrowsAsync<SoledadException>(() => client.SyncAsync())).Code);
    }

    [Fact]
    public async Task OwnHead_ShownAsItWasEarlier_IsAnEventOfItsOwn()
    {
        var laptop = _devices.Add();
        laptop.KeepDigest(_devices.Keyset.DigestKey);
        await laptop.WriteAsync(tx => tx.Create("one", "{}"));
        await SyncAsync(laptop);
        var back = _provider.Backup();
        var options = new SyncOptions { HeadPause = TimeSpan.Zero };
        await laptop.WriteAsync(tx => tx.Create("two", "{}"));
        await SyncAsync(laptop, options);
        back();

        using var client = _provider.Client(laptop, _devices.Codec(laptop), options);
        var told = (await client.SyncAsync()).Events.Select(static happened => happened.Name);

        Assert.Equal([SoledadCodes.ProviderInconsistent, SoledadCodes.DeviceRejoined, SoledadCodes.OwnHeadBackwards], told);
        Assert.Empty((await client.SyncAsync()).Events);
        Assert.NotNull(laptop.Read(r => r.Get("two")));
    }

    private static List<string> Archive(SoledadStore store) => store.Read(r => r.Sql.Query("SELECT json FROM conflict_archive", static row => row.GetText(0)));

    private async Task SyncAsync(SoledadStore store, SyncOptions options)
    {
        using var client = _provider.Client(store, _devices.Codec(store), options);
        Assert.True((await client.SyncAsync()).IsComplete);
    }

    private sealed class LostAnswer(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var isUpload = request.Content?.Headers.ContentType?.ToString() == SyncMediaTypes.Put;
            var answer = await base.SendAsync(request, cancellationToken);
            return isUpload ? throw new HttpRequestException("The line died.") : answer;
        }
    }

    private async Task SyncAsync(SoledadStore store)
    {
        using var client = _provider.Client(store, _devices.Codec(store));
        Assert.True((await client.SyncAsync()).IsComplete);
    }
}
