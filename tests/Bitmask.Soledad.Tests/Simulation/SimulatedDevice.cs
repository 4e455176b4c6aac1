using Bitmask.Primitives;
using Bitmask.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Soledad.Tests.Simulation;

/// <summary>One device: a real store in a file of its own, which can be closed, copied and put back.</summary>
internal sealed class SimulatedDevice : IDisposable
{
    private readonly string _path;
    private readonly SecretBytes _key;
    private readonly FakeTimeProvider _clock;
    private readonly Func<(string, DeviceId)> _names;
    private readonly SecretBytes _digestKey;
    private int _commits;

    public SimulatedDevice(string name, string path, SecretBytes key, SecretBytes digestKey, FakeTimeProvider clock, Func<(string, DeviceId)> names)
    {
        (Name, _path, _key, _digestKey, _clock, _names) = (name, path, key, digestKey, clock, names);
        Store = Open();
    }

    public string Name { get; }

    public SoledadStore Store { get; private set; }

    /// <summary>The commit that fails, counted from now; null for none. It stands for a crash between two commits.</summary>
    public int? FailingCommit
    {
        get;
        set => (field, _commits) = (value, 0);
    }

    /// <summary>Everything in the archive.</summary>
    public IReadOnlyList<string> Archive()
        => Store.Read(static reader => reader.Sql.Query("SELECT json FROM conflict_archive WHERE json IS NOT NULL", static row => row.GetText(0)));

    public IReadOnlyList<Document> Documents() => Store.Read(static reader => reader.GetAll(null, 1000, includeDeleted: true));

    /// <summary>What graves tell of.</summary>
    public IReadOnlyDictionary<string, string> Buried()
        => Store.Read(static reader => reader.Sql.Query("SELECT doc_id, rev FROM buried ORDER BY doc_id", static row => KeyValuePair.Create(row.GetText(0), row.GetText(1)))).ToDictionary();

    public IReadOnlyList<Document> Conflicts()
        => Store.Read(static reader => reader.Sql.Query("SELECT doc_id, rev, json FROM conflict", StoreReader.ReadDocument));

    /// <summary>What is not known to be at the provider.</summary>
    public IReadOnlyList<Document> Unsent()
        => Store.Read(static reader => reader.Sql.Query(
            "SELECT doc_id, rev, json FROM document WHERE is_local AND writer = ?1 AND seq > (SELECT acked_seq FROM store_identity)",
            StoreReader.ReadDocument, StoreIdentity.Read(reader.Sql).DeviceId.ToString()));

    public void Reopen()
    {
        Store.Dispose();
        Store = Open();
    }

    /// <summary>Copies the home.</summary>
    public void CopyTo(string path)
    {
        Store.Dispose();
        File.Copy(_path, path, overwrite: true);
        Store = Open();
    }

    /// <summary>Puts a copy in the place of the home.</summary>
    public void PutBack(string path)
    {
        Store.Dispose();
        File.Delete(_path + "-wal");
        File.Delete(_path + "-shm");
        File.Copy(path, _path, overwrite: true);
        Store = Open();
    }

    public void Dispose() => Store.Dispose();

    /// <summary>The digest that was kept while writing, and the one that the documents add up to.</summary>
    public Task<(byte[]? Kept, byte[]? Computed)> DigestsAsync() => Store.WriteAsync(static tx =>
    {
        var kept = Read(tx);
        tx.ComputeDigest();
        return (kept, Read(tx));

        static byte[]? Read(StoreTransaction tx) => tx.Sql.QueryFirstOrDefault("SELECT digest FROM state_digest", static row => row.GetBytesOrNull(0));
    });

    private SoledadStore Open()
    {
        var store = SoledadStore.Open(_path, _key, new SoledadOptions
        {
            Resolvers = SimulatedDocuments.Resolvers,
            Clock = _clock,
            NewIdentity = _names,
            Database = new DatabaseOptions { CacheKibibytes = 256, MaxReaders = 1, OnCommitting = _ => Commit() },
        });
        store.KeepDigest(_digestKey);
        return store;
    }

    private void Commit()
    {
        if (FailingCommit is { } failing && _commits++ == failing)
        {
            FailingCommit = null;
            throw new SimulatedCrashException();
        }
    }
}

/// <summary>The machine stopped here.</summary>
internal sealed class SimulatedCrashException() : DatabaseException("The machine stopped.");
