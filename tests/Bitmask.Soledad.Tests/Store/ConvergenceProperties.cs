using FsCheck.Xunit;

namespace Bitmask.Soledad.Tests.Store;

/// <summary>Whatever people do on their devices, and whenever these sync, all end with the same documents.</summary>
public sealed class ConvergenceProperties
{
    private const int Devices = 3;

    private static readonly string[] Ids = ["n1", "n2", "n3"];

    [Property(MaxTest = 25)]
    public async Task RandomEdits_MergedByResolver_ConvergeAndLoseNothing(ushort[] acts)
    {
        using var world = new World();
        var written = Ids.ToDictionary(static id => id, static _ => new SortedSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < acts.Length; i++)
        {
            var (store, id, act) = world.Choose(acts[i]);
            if (act == 0)
            {
                await world.Server.SyncAsync(store);
                continue;
            }

            var word = "w" + i;
            written[id].Add(word);
            await store.WriteAsync(tx =>
            {
                var current = tx.Get(id);
                tx.Put(id, current?.Rev, FlagNotes.Json((current is null ? [] : FlagNotes.Words(current.Json!)).Append(word)));
            });
        }

        await world.SettleAsync();
        foreach (var store in world.Stores)
        {
            foreach (var (id, words) in written.Where(static entry => entry.Value.Count > 0))
            {
                Assert.Equal(words, FlagNotes.Words(store.Read(reader => reader.Get(id))!.Json!));
            }
        }
    }

    [Property(MaxTest = 25)]
    public async Task RandomEditsAndDeletions_WithAndWithoutResolver_Converge(ushort[] acts)
    {
        using var world = new World();
        for (var i = 0; i < acts.Length; i++)
        {
            var (store, id, act) = world.Choose(acts[i]);
            var json = i % 2 == 0 ? FlagNotes.Json("w" + i) : $$"""{"type":"plain","v":{{i}}}""";
            switch (act)
            {
                case 0:
                    await world.Server.SyncAsync(store);
                    break;
                case 1:
                    await store.WriteAsync(tx =>
                    {
                        if (tx.Get(id) is { IsDeleted: false } current)
                        {
                            tx.Delete(id, current.Rev);
                        }
                    });
                    break;
                default:
                    await store.WriteAsync(tx => tx.Put(id, tx.Get(id)?.Rev, json));
                    break;
            }
        }

        await world.SettleAsync();
    }

    private sealed class World : IDisposable
    {
        private readonly StoreFixture _fixture = new();

        public World()
        {
            Stores = [.. Enumerable.Range(0, Devices).Select(i => _fixture.Open($"device{i}.db", new SoledadOptions
            {
                Projections = [new FlagNotes.Projection()],
                Resolvers = [new FlagNotes.Union()],
            }))];
        }

        public IReadOnlyList<SoledadStore> Stores { get; }

        public PlainServer Server { get; } = new();

        public (SoledadStore Store, string Id, int Act) Choose(ushort act)
            => (Stores[act % Devices], Ids[act / Devices % Ids.Length], act / (Devices * Ids.Length) % 4);

        /// <summary>Syncs until nothing moves, which must be soon, and compares.</summary>
        public async Task SettleAsync()
        {
            for (var round = 0; ; round++)
            {
                Assert.True(round < 6, "The devices never stop sending each other new versions.");
                var moved = 0;
                foreach (var store in Stores)
                {
                    moved += await Server.SyncAsync(store);
                }

                if (moved == 0)
                {
                    break;
                }
            }

            foreach (var store in Stores)
            {
                FlagNotes.AssertConsistent(store);
                foreach (var id in Ids)
                {
                    Assert.Equal(Stores[0].Read(reader => reader.Get(id)), store.Read(reader => reader.Get(id)));
                }
            }
        }

        public void Dispose() => _fixture.Dispose();
    }
}
