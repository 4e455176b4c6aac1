using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;
using Bitmask.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>The blobs of one device: our real store and transfers, on a line that can be chosen.</summary>
internal sealed class BlobDevice : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly Person _person;

    private readonly SecretBytes _key = SecretBytes.Random(32);

    public BlobDevice(Person person)
    {
        _person = person;
        Store = Open(null);
    }

    public FakeTimeProvider Clock { get; } = new(TimeProvider.System.GetUtcNow());

    public BlobStore Store { get; private set; }

    public string File => Path.Combine(_folder.FullName, "blobs.db");

    public List<string> Events { get; } = [];

    /// <summary>Transfers what is due, with one worker, so that every run does the same in the same order; says whether something failed.</summary>
    public async Task<bool> DrainAsync(HttpClient line)
    {
        var failures = 0;
        Clock.Advance(TimeSpan.FromHours(1)); // whatever waits after a failure is due
        using var transfer = new BlobTransfer(Store, Client(line), new BlobTransferOptions { Parallel = 1 });
        transfer.Failed += failure =>
        {
            Assert.True(failure is SoledadException { IsTransient: true } or DatabaseFullException or IOException or HttpRequestException, failure.ToString());
            failures++;
        };
        await transfer.DrainAsync();
        return failures > 0;
    }

    public BlobClient Client(HttpClient line) => new(line, line.BaseAddress!, _person.Id, _ => Task.FromResult(_person.Token), Clock);

    public Task<BlobRef> PutAsync(byte[] content) => Store.PutAsync(new MemoryStream(content));

    /// <summary>Reads a blob and compares; what is not here is fetched over the line of the last transfers, if there is one.</summary>
    public async Task AssertHoldsAsync(BlobRef blob, byte[] content)
    {
        await using var stream = Store.OpenHere(blob);
        using var all = new MemoryStream();
        await stream.CopyToAsync(all);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(all.ToArray()));
    }

    /// <summary>Closes the store and opens it again, as a restart does.</summary>
    public void Reopen(DatabaseOptions? database = null)
    {
        Store.Dispose();
        Store = Open(database);
    }

    public void Dispose()
    {
        Store.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private BlobStore Open(DatabaseOptions? database)
    {
        var options = new BlobStoreOptions { Clock = Clock };
        var store = BlobStore.Open(File, _key, database is null ? options : options with { Database = database });
        store.Happened += happened => Events.Add(happened.Name);
        return store;
    }
}
