using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Sync;

/// <summary>Mallory runs the provider: every lie ends in a named event or error, and what is stored here stays as it was.</summary>
public sealed class HostileProviderTests : IDisposable
{
    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();
    private readonly SoledadStore _store;
    private readonly SealedCodec _codec;
    private readonly List<Document> _before = [];

    public HostileProviderTests()
    {
        _store = _devices.Add();
        _codec = _devices.Codec(_store);
    }

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Theory]
    [InlineData("{\"type\":\"words\",\"words\":[\"evil\"]}")]
    [InlineData("{\"raw\": \"EzcBAgAAAAAAL2hZAAAAAPtBG0gu57EDe0SzU59YVcYg\"}")]
    [InlineData("{\"incoming\": true, \"errdecr\": false, \"_enc_scheme\": \"pubkey\", \"_enc_json\": \"x\"}")]
    [InlineData(null)]
    public async Task Document_PlaintextLeapOrTombstone_IsPutAside(string? content)
    {
        await StartAsync();
        _provider.Plant(_codec.WireId("note"), "evil:9|" + _store.Read(r => r.Get("note"))!.Rev, content);

        var report = await SyncAsync();

        AssertUnchanged();
        var told = Assert.Single(report.Events);
        Assert.Equal((SoledadCodes.DocumentRefused, _codec.WireId("note")), (told.Name, told.WireId));
        Assert.Equal((1, true), (report.Quarantined, report.IsComplete));
        Assert.Equal(_codec.WireId("note"), Assert.Single(_store.Read(r => r.Quarantined())).WireId);
        Assert.Empty((await SyncAsync()).Events); // the cursor went on
    }

    [Fact]
    public async Task Document_SwappedForAnother_IsPutAsideAndTheRestArrives()
    {
        var other = _devices.Add();
        await other.WriteAsync(tx => tx.Create("x", "{}"));
        await other.WriteAsync(tx => tx.Create("y", "{}"));
        await SyncAsync(other);
        var x = _codec.WireId("x");
        _provider.Entry = entry => entry.Id == x ? entry with { Id = _codec.WireId("z") } : entry;

        var report = await SyncAsync();

        Assert.Equal((1, 1), (report.Received, report.Quarantined));
        Assert.Null(_store.Read(r => r.Get("z")));
        Assert.NotNull(_store.Read(r => r.Get("y")));
    }

    [Fact]
    public async Task Document_FloodOfForgeriesAndEndlessIds_EndsWithFewEvents()
    {
        await StartAsync();
        for (var i = 0; i < 300; i++)
        {
            _provider.Plant(i % 2 == 0 ? $"{i:x32}" : new string('x', 70_000 + i), "evil:1", "{}");
        }

        var report = await SyncAsync();

        AssertUnchanged();
        Assert.Equal((300, 100, true), (report.Quarantined, report.Events.Count, report.IsComplete));
        Assert.All(_store.Read(r => r.Quarantined()), row => Assert.True(row.WireId.Length <= 64));
    }

    [Fact]
    public async Task Document_GoodVersionAfterABadOne_LeavesTheQuarantine()
    {
        await StartAsync();
        var wireId = _codec.WireId("from-other");
        _provider.Plant(wireId, "evil:1", "{}");
        await SyncAsync();
        Assert.Single(_store.Read(r => r.Quarantined()));

        var good = _codec.Encode(new Document("from-other", "evil:1|other:1", "{}"), 1);
        _provider.Plant(good.WireId, good.Rev, good.Content);
        await SyncAsync();

        Assert.Empty(_store.Read(r => r.Quarantined()));
        Assert.NotNull(_store.Read(r => r.Get("from-other")));
    }

    [Theory]
    [InlineData(long.MaxValue)]
    [InlineData(1L << 40)]
    public async Task Generation_Huge_StopsTheSync(long generation)
    {
        await StartAsync();
        _provider.Info = info => info with { TargetReplicaGeneration = generation };
        await AssertInconsistentAsync();
    }

    [Fact]
    public async Task Generation_HugeInTheDownload_StopsTheSync()
    {
        await StartAsync();
        _provider.Plant("0123456789abcdef0123456789abcdef", "evil:1", "{}");
        _provider.DownloadHead = head => head with { Generation = long.MaxValue };
        await AssertInconsistentAsync();
    }

    [Fact]
    public async Task Generation_HugeInOneEntry_StopsTheSync()
    {
        await StartAsync();
        _provider.Plant("0123456789abcdef0123456789abcdef", "evil:1", "{}");
        _provider.Entry = entry => entry with { Generation = 1L << 40 };
        await AssertInconsistentAsync();
    }

    [Fact]
    public async Task Generation_HugeInTheUploadAnswer_StopsTheSync()
    {
        await StartAsync();
        await _store.WriteAsync(tx => tx.Create("more", "{}"));
        Remember();
        _provider.UploadAnswer = answer => answer with { Generation = long.MaxValue };
        await AssertInconsistentAsync();
    }

    [Fact]
    public async Task Generation_WentBack_RejoinsAndTells()
    {
        await StartAsync();
        _provider.Info = info => info with { TargetReplicaGeneration = 0, TargetReplicaTransactionId = "" };
        await AssertRejoinedAsync(completes: true);
    }

    [Fact]
    public async Task TransactionId_OfTheProviderChanged_RejoinsAndTells()
    {
        await StartAsync();
        _provider.Info = info => info with { TargetReplicaTransactionId = "T-other" };
        await AssertRejoinedAsync(completes: false);
    }

    [Theory]
    [InlineData(99, "T-x")]
    [InlineData(1, "T-x")]
    public async Task RememberedState_NeverWas_RejoinsOnceAndTells(long generation, string transactionId)
    {
        await StartAsync();
        _provider.Info = info => info with { SourceReplicaGeneration = generation, SourceTransactionId = transactionId };
        await AssertRejoinedAsync(completes: false);
    }

    [Fact]
    public async Task ReplicaUid_IsOurs_RejoinsOnceAndTells()
    {
        await StartAsync();
        _provider.Info = info => info with { TargetReplicaUid = _store.ReplicaUid };
        await AssertRejoinedAsync(completes: false);
    }

    [Fact]
    public async Task Database_ReplacedByAnEmptyOne_IsToldAndFilledAgain()
    {
        await StartAsync();
        using var empty = new FakeProvider { Uid = "0ther00000000000000000000000000f" };
        using var client = empty.Client(_store, _codec);

        var report = await client.SyncAsync();

        AssertUnchanged();
        Assert.Equal([SoledadCodes.ProviderInconsistent, SoledadCodes.DeviceRejoined], report.Events.Select(static told => told.Name));
        Assert.Equal((2, 2, true), (report.Sent, empty.Documents.Count, report.IsComplete));
        Assert.Empty((await client.SyncAsync()).Events);
    }

    [Fact]
    public async Task Database_ReplacedByAnEmptyOne_GetsOthersDocumentsFromUs()
    {
        var other = _devices.Add();
        await other.WriteAsync(tx => tx.Create("x", "{}"));
        await SyncAsync(other);
        await SyncAsync();
        using var empty = new FakeProvider { Uid = "0ther00000000000000000000000000f", HasDatabase = false };
        using var client = empty.Client(_store, _codec);

        await client.SyncAsync();

        Assert.Equal([_codec.WireId("x")], empty.Documents.Keys);
    }

    [Fact]
    public async Task Stream_MoreDocumentsThanAnnounced_IsAnError()
    {
        await StartAsync();
        _provider.Plant("0123456789abcdef0123456789abcdef", "evil:1", "{}");
        _provider.DownloadHead = head => head with { NumberOfChanges = 0 };
        Assert.Equal(SoledadCodes.BrokenAnswer, (await Assert.ThrowsAsync<SoledadException>(() => SyncAsync())).Code);
        AssertUnchanged();
    }

    [Fact]
    public async Task Projection_ThrowsOnOneDocument_OnlyThatOneIsPutAside()
    {
        var other = _devices.Add();
        foreach (var id in (string[])["a", "poison", "z"])
        {
            await other.WriteAsync(tx => tx.Create(id, "{\"type\":\"t\"}"));
        }

        await SyncAsync(other);
        var store = _devices.Add(new Picky());
        using var client = _provider.Client(store, _devices.Codec(store));

        var report = await client.SyncAsync();

        Assert.Equal((2, 1), (report.Received, report.Quarantined));
        Assert.Null(store.Read(r => r.Get("poison")));
        Assert.NotNull(store.Read(r => r.Get("z")));
    }

    private async Task StartAsync()
    {
        await _store.WriteAsync(tx => tx.Create("note", "{\"type\":\"words\",\"words\":[]}"));
        await _store.WriteAsync(tx => tx.Create("other", "{}"));
        await SyncAsync();
        Remember();
    }

    private void Remember()
    {
        _before.Clear();
        _before.AddRange(All());
    }

    private List<Document> All()
        => _store.Read(r => r.Sql.Query("SELECT doc_id, rev, json FROM document ORDER BY doc_id", static row => new Document(row.GetText(0), row.GetText(1), row.GetTextOrNull(2))));

    private void AssertUnchanged() => Assert.Equal(_before, All());

    private async Task AssertInconsistentAsync()
    {
        var heard = new List<SoledadEvent>();
        using var client = _provider.Client(_store, _codec);
        client.Happened += heard.Add;

        var report = await client.SyncAsync();

        Assert.False(report.IsComplete);
        Assert.Equal(SoledadCodes.ProviderInconsistent, Assert.Single(report.Events).Name);
        Assert.Equal(report.Events, heard);
        AssertUnchanged();

        // The lie left nothing behind that would block an honest provider.
        (_provider.Info, _provider.DownloadHead, _provider.Entry, _provider.UploadAnswer) = (i => i, h => h, e => e, a => a);
        Assert.True((await SyncAsync()).IsComplete);
    }

    private async Task AssertRejoinedAsync(bool completes)
    {
        var (uid, device) = (_store.ReplicaUid, _store.DeviceId);

        var report = await SyncAsync();

        Assert.Equal(
            [SoledadCodes.ProviderInconsistent, SoledadCodes.DeviceRejoined, .. completes ? Array.Empty<string>() : [SoledadCodes.ProviderInconsistent]],
            report.Events.Select(static told => told.Name));
        Assert.Equal(completes, report.IsComplete);
        Assert.NotEqual(uid, _store.ReplicaUid);
        Assert.NotEqual(device, _store.DeviceId);
        AssertUnchanged();
        (_provider.Info, uid) = (static info => info, _store.ReplicaUid);
        Assert.Equal((true, uid), ((await SyncAsync()).IsComplete, _store.ReplicaUid));
    }

    private async Task<SyncReport> SyncAsync(SoledadStore? store = null)
    {
        store ??= _store;
        using var client = _provider.Client(store, _devices.Codec(store));
        return await client.SyncAsync();
    }

    private sealed class Picky : IDocumentProjection
    {
        public string Component => "picky";

        public IReadOnlyList<Migration> Migrations => [];

        public bool Handles(string documentType) => true;

        public void Apply(WriteTransaction tx, Document? before, Document? after)
        {
            if (after?.Id == "poison")
            {
                throw new InvalidOperationException("No.");
            }
        }
    }
}
