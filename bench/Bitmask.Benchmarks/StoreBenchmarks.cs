using System.Globalization;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using BenchmarkDotNet.Attributes;

namespace Bitmask.Benchmarks;

/// <summary>
/// Documents of 1 KiB into the encrypted store, a batch to a commit, against the least that can be done: a prepared INSERT into the same kind
/// of file, and into one that is not encrypted. Every commit is synced to the disk.
/// </summary>
public class StoreBenchmarks
{
    private const int Documents = 1000;

    private readonly string _json = $$"""{"type":"flags","v":1,"text":"{{new string('x', 1024 - 35)}}"}""";
    private DirectoryInfo _folder = null!;
    private SecretBytes _key = null!;
    private SoledadStore _store = null!;
    private Database _encrypted = null!;
    private Database _plain = null!;

    [Params(1, 10, 100)]
    public int Batch { get; set; }

    [IterationSetup]
    public void Open()
    {
        _folder = Directory.CreateTempSubdirectory("bitmask-bench-");
        _key = SecretBytes.Random(Database.KeyOctets);
        _store = SoledadStore.Open(Path.Combine(_folder.FullName, "store.db"), _key, new SoledadOptions());
        _encrypted = Database.OpenEncrypted(Path.Combine(_folder.FullName, "encrypted.db"), _key);
        _plain = Database.OpenPlain(Path.Combine(_folder.FullName, "plain.db"));
        foreach (var database in (Database[])[_encrypted, _plain])
        {
            database.WriteAsync(static tx => tx.Execute("CREATE TABLE document (id TEXT PRIMARY KEY, content TEXT NOT NULL)")).GetAwaiter().GetResult();
        }
    }

    [IterationCleanup]
    public void Close()
    {
        _store.Dispose();
        _encrypted.Dispose();
        _plain.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Documents)]
    public Task StorePut() => InBatches((from, to) => _store.WriteAsync(tx =>
    {
        for (var i = from; i < to; i++)
        {
            tx.Create(Id(i), _json);
        }
    }));

    [Benchmark(Baseline = true, OperationsPerInvoke = Documents)]
    public Task PreparedInsert() => InBatches((from, to) => InsertAsync(_encrypted, from, to));

    [Benchmark(OperationsPerInvoke = Documents)]
    public Task PreparedInsertNotEncrypted() => InBatches((from, to) => InsertAsync(_plain, from, to));

    private Task InsertAsync(Database database, int from, int to) => database.WriteAsync(tx =>
    {
        for (var i = from; i < to; i++)
        {
            tx.Execute("INSERT INTO document (id, content) VALUES (?1, ?2)", Id(i), _json);
        }
    });

    private async Task InBatches(Func<int, int, Task> write)
    {
        for (var i = 0; i < Documents; i += Batch)
        {
            await write(i, i + Batch);
        }
    }

    private static string Id(int i) => string.Create(CultureInfo.InvariantCulture, $"M-{i:x32}");
}
