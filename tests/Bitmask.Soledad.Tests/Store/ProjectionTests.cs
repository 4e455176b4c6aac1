using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Store;

public sealed class ProjectionTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task LocalAndSyncedWrites_OfAllKinds_ReachTheProjection()
    {
        var store = _fixture.Open(options: Options());
        await store.WriteAsync(static tx => tx.Create("n", FlagNotes.Json("a")));
        FlagNotes.AssertConsistent(store);
        await store.WriteAsync(static tx => tx.Put("n", tx.Get("n")!.Rev, FlagNotes.Json("a", "b")));
        FlagNotes.AssertConsistent(store);
        await store.WriteAsync(static tx => tx.InsertFromSync(new Document("m", "P:1", FlagNotes.Json("x")), new SyncSource("P", 1, "T-1")));
        FlagNotes.AssertConsistent(store);
        await store.WriteAsync(static tx => tx.InsertFromSync(new Document("n", "P:1", FlagNotes.Json("c")), new SyncSource("P", 2, "T-2")));
        Assert.Equal(["a", "b", "c"], FlagNotes.Words(store.Read(static reader => reader.Get("n"))!.Json!));
        FlagNotes.AssertConsistent(store);
        await store.WriteAsync(static tx => tx.Put("m", "P:1", """{"type":"other"}"""));
        FlagNotes.AssertConsistent(store);
        await store.WriteAsync(static tx => tx.Put("m", tx.Get("m")!.Rev, FlagNotes.Json("y")));
        await store.WriteAsync(static tx => tx.Delete("n", tx.Get("n")!.Rev));
        FlagNotes.AssertConsistent(store);
        await store.WriteAsync(static tx => tx.Create("n", FlagNotes.Json("again")));
        FlagNotes.AssertConsistent(store);
    }

    [Fact]
    public async Task SyncedTombstone_AgainstAnEdit_DeletesForAllByDefault()
    {
        var store = _fixture.Open(options: Options());
        await store.WriteAsync(static tx => tx.Create("n", FlagNotes.Json("a")));
        var outcome = await store.WriteAsync(static tx => tx.InsertFromSync(new Document("n", "P:1", null), new SyncSource("P", 1, "T-1")));

        Assert.True(outcome.IsMerged);
        Assert.True(store.Read(static reader => reader.Get("n"))!.IsDeleted);
        Assert.NotNull(Assert.Single(store.Read(static reader => reader.Changes(1))).Seq);
        FlagNotes.AssertConsistent(store);
    }

    [Fact]
    public async Task ThrowingProjection_RollsTheDocumentBack()
    {
        var store = _fixture.Open(options: new SoledadOptions { Projections = [new Grumpy()] });
        await Assert.ThrowsAsync<FormatException>(() => store.WriteAsync(static tx => tx.Create("n", FlagNotes.Json("a"))));
        Assert.Null(store.Read(static reader => reader.Get("n")));
    }

    [Fact]
    public async Task NewProjection_OnAnOldStore_GetsAllDocumentsOnce()
    {
        using (var store = _fixture.Open())
        {
            await store.WriteAsync(static tx =>
            {
                for (var i = 0; i < 300; i++)
                {
                    tx.Create($"n{i}", FlagNotes.Json("word", "w" + i));
                }

                tx.Create("p", """{"type":"plain"}""");
                tx.Delete("n7", tx.Get("n7")!.Rev);
            });
        }

        using (var store = _fixture.Open(options: Options()))
        {
            FlagNotes.AssertConsistent(store);
            Assert.Equal(598, store.Read(static reader => reader.Sql.ScalarInt64("SELECT count(*) FROM word")));
        }

        FlagNotes.AssertConsistent(_fixture.Open(options: Options()));
    }

    internal static SoledadOptions Options(DatabaseOptions? database = null) => new()
    {
        Projections = [new FlagNotes.Projection()],
        Resolvers = [new FlagNotes.Union()],
        Database = database ?? new DatabaseOptions(),
    };

    private sealed class Grumpy : IDocumentProjection
    {
        public string Component => "grumpy";

        public IReadOnlyList<Migration> Migrations => [];

        public bool Handles(string documentType) => true;

        public void Apply(WriteTransaction tx, Document? before, Document? after) => throw new FormatException();
    }
}
