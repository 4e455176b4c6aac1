using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Store;

/// <summary>A folder with stores of one key; everything goes with it.</summary>
public sealed class StoreFixture : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly SecretBytes _key = SecretBytes.Random(Database.KeyOctets);
    private readonly List<SoledadStore> _stores = [];

    public SoledadStore Open(string name = "alice.db", SoledadOptions? options = null)
    {
        var store = SoledadStore.Open(Path.Combine(_folder.FullName, name), _key, options);
        _stores.Add(store);
        return store;
    }

    public void Dispose()
    {
        foreach (var store in _stores)
        {
            store.Dispose();
        }

        _key.Dispose();
        _folder.Delete(recursive: true);
    }
}
