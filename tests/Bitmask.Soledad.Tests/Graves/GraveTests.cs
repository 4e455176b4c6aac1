using Bitmask.Protocol.Soledad;
using Bitmask.Soledad.Tests.Store;
using Bitmask.Soledad.Tests.Sync;

namespace Bitmask.Soledad.Tests.Graves;

/// <summary>A grave is as good as the deletions in it (security.md A7).</summary>
public sealed class GraveTests : IDisposable
{
    private const string Note = "{\"type\":\"note\"}";
    private static readonly SyncOptions Options = new() { HasDocumentsQuery = true, HasCompaction = true };

    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Fact]
    public async Task Grave_OfWhatIsHere_TakesItAwayWithAllThatFollows()
    {
        var store = _devices.Add(new FlagNotes.Projection());
        await store.WriteAsync(static tx => tx.CreateIndex("by-word", "words"));
        store.KeepDigest(_devices.Keyset.DigestKey);
        var (known, newer) = await store.WriteAsync(static tx => (tx.Create("known", FlagNotes.Json("a")), tx.Create("newer", FlagNotes.Json("b"))));
        newer = await store.WriteAsync(tx => tx.Put("newer", newer.Rev, FlagNotes.Json("c")));

        await BuryAsync(store, ("known", Next(known.Rev)), ("newer", Revision.Parse(newer.Rev).With(store.ReplicaUid, 1).ToString()), ("never-here", "x:3"));

        Assert.Equal(new Document("known", Next(known.Rev), null), store.Read(static reader => reader.Get("known")));
        Assert.Equal(newer, store.Read(static reader => reader.Get("newer")));
        Assert.Equal("x:3", store.Read(static reader => reader.Get("never-here"))!.Rev);
        Assert.Equal(["newer"], store.Read(static reader => reader.GetFromIndex("by-word", "*")).Select(static document => document.Id));
        FlagNotes.AssertConsistent(store);
        Assert.Empty(StoreCheck.Compare(store));
    }

    [Fact]
    public async Task Buried_Document_IsDeletedToEverybody_AndGoesOnFromThere()
    {
        var store = _devices.Add();
        await BuryAsync(store, ("n", "x:3"));

        Assert.True(store.Read(static reader => reader.Get("n"))!.IsDeleted);
        Assert.Equal(["n"], store.Read(static reader => reader.GetMany(["n", "other"])).Select(static document => document.Id));
        await Assert.ThrowsAsync<DocumentDeletedException>(() => store.WriteAsync(static tx => tx.Delete("n", "x:3")));
        var written = await store.WriteAsync(static tx => tx.Create("n", Note));

        Assert.Equal($"{store.ReplicaUid}:1|x:3", Revision.Parse(written.Rev).ToString());
        Assert.Equal(Note, store.Read(static reader => reader.Get("n"))!.Json);
        await BuryAsync(store, ("n", "x:3")); // the same grave again
        Assert.Equal(Note, store.Read(static reader => reader.Get("n"))!.Json);
    }

    [Theory]
    [InlineData("words", true)] // its resolver: a deletion wins
    [InlineData("note", false)] // nobody can judge: an edit is worth more
    public async Task Grave_BesideAChange_IsSettledAsTheDeletionWouldBe(string type, bool isDeleted)
    {
        var store = _devices.Add();
        var json = $$"""{"type":"{{type}}","words":["mine"]}""";
        await store.WriteAsync(tx => tx.InsertFromSync(new Document("n", "x:1", json), source: null));
        await store.WriteAsync(tx => tx.Put("n", "x:1", json));

        await BuryAsync(store, ("n", "x:2"));

        var now = store.Read(static reader => reader.Get("n"))!;
        Assert.Equal(isDeleted, now.IsDeleted);
        Assert.True(Revision.Parse(now.Rev).IsNewerThan(Revision.Parse("x:2")));
        Assert.Equal(isDeleted ? 1 : 0, store.Read(static reader => reader.Sql.ScalarInt64("SELECT count(*) FROM conflict_archive")));
    }

    [Fact]
    public async Task Version_OlderThanItsGrave_IsDeletedAgainEverywhere()
    {
        var (one, other) = (_devices.Add(), _devices.Add());
        await SyncAsync(one);
        await BuryAsync(one, ("n", "x:2"));
        await SyncAsync(one);
        await SyncAsync(other);
        var old = _devices.Codec(one).Encode(new Document("n", "x:1", Note), 1);
        _provider.Plant(old.WireId, old.Rev, old.Content);

        await SyncAsync(other);

        Assert.True(other.Read(static reader => reader.Get("n"))!.IsDeleted);
        Assert.Equal("x:2", _provider.Documents[old.WireId].Version.Revision.ToString());
        Assert.Equal(0, (await SyncAsync(one)).Conflicts);
        Assert.True(one.Read(static reader => reader.Get("n"))!.IsDeleted);
    }

    [Fact]
    public async Task Version_NewerThanItsGrave_Lives()
    {
        var store = _devices.Add();
        await BuryAsync(store, ("n", "x:2"));

        var outcome = await store.WriteAsync(static tx => tx.InsertFromSync(new Document("n", "x:3", Note), source: null));

        Assert.Equal(SyncState.Inserted, outcome.State);
        Assert.Equal(Note, store.Read(static reader => reader.Get("n"))!.Json);
    }

    [Theory]
    [InlineData("{\"type\":\"grave\",\"v\":2,\"ids\":{\"n\":\"x:9\"}}")]
    [InlineData("{\"type\":\"grave\",\"v\":1,\"ids\":{\"n\":\"\"}}")]
    [InlineData("{\"type\":\"grave\",\"v\":1,\"ids\":{\"n\":null}}")]
    [InlineData("{\"type\":\"grave\",\"v\":1,\"ids\":{\"n\":\"x:9\",\"no id\":\"x:9\"}}")]
    [InlineData("{\"type\":\"grave\",\"v\":1,\"ids\":[\"n\"]}")]
    [InlineData("{\"type\":\"grave\",\"v\":1,\"ids\":null}")]
    public async Task Grave_OfAnotherForm_BuriesNothing(string json)
    {
        var store = _devices.Add();
        await store.WriteAsync(tx => tx.InsertFromSync(new Document("n", "x:1", Note), source: null));
        await store.WriteAsync(tx => tx.InsertFromSync(new Document("grave-0", "x:1", json), source: null));

        Assert.Equal(Note, store.Read(static reader => reader.Get("n"))!.Json);
    }

    [Fact]
    public async Task Grave_ThatNamesGraves_TakesNoneAway()
    {
        var store = _devices.Add();
        await BuryAsync(store, ("n", "x:2"));
        var grave = store.Read(static reader => reader.GetByType(Grave.DocumentType).Single());
        await BuryAsync(store, (grave.Id, Next(grave.Rev)));
        Assert.Equal(2, store.Read(static reader => reader.CountByType(Grave.DocumentType)));
    }

    [Fact]
    public async Task Deletions_ThatTheProviderKeepsAnyway_AreNamedAgainLater()
    {
        var store = _devices.Add();
        await store.WriteAsync(static tx => tx.Delete("n", tx.Create("n", Note).Rev));
        await SyncAsync(store);
        _provider.KeepsAnyway = static _ => true;
        Assert.Equal(new CompactionReport(1, 0, IsDone: true), await CompactAsync(store));
        _provider.KeepsAnyway = static _ => false;

        Assert.Equal(new CompactionReport(0, 1, IsDone: true), await CompactAsync(store));
        Assert.DoesNotContain(_devices.Codec(store).WireId("n"), _provider.Documents.Keys);
    }

    [Fact]
    public async Task Graves_GoneFromTheTable_AreFoundAndMadeAnew()
    {
        var store = _devices.Add();
        await BuryAsync(store, ("n", "x:2"));
        await store.WriteAsync(static tx => tx.Sql.Execute("DELETE FROM buried"));
        Assert.Equal(["the grave of document n is not in the table"], StoreCheck.Compare(store));

        await StoreCheck.RepairAsync(store);

        Assert.Empty(StoreCheck.Compare(store));
        Assert.True(store.Read(static reader => reader.Get("n"))!.IsDeleted);
    }

    private static string Next(string rev) => Revision.Parse(rev).Increment("x").ToString();

    private static Task<Document> BuryAsync(SoledadStore store, params (string Id, string Rev)[] deleted)
        => store.WriteAsync(tx => tx.Create(Grave.NewId(), new Grave { Ids = new(deleted.ToDictionary(static one => one.Id, static one => one.Rev), StringComparer.Ordinal) }.ToJson()));

    private async Task<CompactionReport> CompactAsync(SoledadStore store)
    {
        using var client = _provider.Client(store, _devices.Codec(store), Options);
        return await client.CompactAsync(new CompactionOptions { MinDeletions = 1 });
    }

    private async Task<SyncReport> SyncAsync(SoledadStore store)
    {
        using var client = _provider.Client(store, _devices.Codec(store), Options);
        var report = await client.SyncAsync();
        Assert.True(report.IsComplete);
        return report;
    }
}
