using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Tests.World;

/// <summary>One device of a person: our real store and sync client against the running provider.</summary>
internal sealed class Device : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly SecretBytes _key = SecretBytes.Random(32);
    private readonly Person _person;
    private readonly Func<DeviceId, IDocumentCodec> _codec;
    private readonly IReadOnlyList<IDocumentProjection> _projections;

    public Device(Person person, Func<DeviceId, IDocumentCodec> codec, TimeProvider? clock = null, params IReadOnlyList<IDocumentProjection> projections)
    {
        (_person, _codec, Clock, _projections) = (person, codec, clock ?? TimeProvider.System, projections);
        Store = Open(new DatabaseOptions());
    }

    public SoledadStore Store { get; private set; }

    public TimeProvider Clock { get; }

    /// <summary>The way to the provider.</summary>
    public HttpClient Line { get => field ?? _person.Provider.Soledad; set; }

    /// <summary>The store's file.</summary>
    public string File => Path.Combine(_folder.FullName, "soledad.db");

    public string? this[string id] => Store.Read(reader => reader.Get(id))?.Json;

    /// <summary>A document that merges: the union of words.</summary>
    public static string Words(params IEnumerable<string> words)
        => JsonSerializer.Serialize(new Dictionary<string, object> { ["type"] = "words", ["words"] = words.Distinct().Order(StringComparer.Ordinal).ToArray() });

    public Task<Document> CreateAsync(string id, string json) => Store.WriteAsync(tx => tx.Create(id, json));

    public Task<Document> EditAsync(string id, string json) => Store.WriteAsync(tx => tx.Put(id, tx.Get(id)!.Rev, json));

    public Task DeleteAsync(string id) => Store.WriteAsync(tx => tx.Delete(id, tx.Get(id)!.Rev));

    public async Task<SyncReport> SyncAsync(SyncOptions? options = null)
    {
        using var client = Client(options);
        return await client.SyncAsync();
    }

    /// <summary>Puts old deletions into graves.</summary>
    public async Task<CompactionReport> CompactAsync(int minDeletions = 1)
    {
        using var client = Client(new SyncOptions { HasDocumentsQuery = true, HasCompaction = true });
        return await client.CompactAsync(new CompactionOptions { MinDeletions = minDeletions });
    }

    private SyncClient Client(SyncOptions? options)
        => new(Store, _codec(Store.DeviceId), Line, Line.BaseAddress!, _person.Id, Token, Clock, options);

    public Task<string> Token(CancellationToken cancellationToken) => Task.FromResult(_person.Token);

    /// <summary>Closes the store and opens it again, as a restart does.</summary>
    public void Reopen(DatabaseOptions? database = null)
    {
        Store.Dispose();
        Store = Open(database ?? new DatabaseOptions());
    }

    public void Dispose()
    {
        Store.Dispose();
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    private SoledadStore Open(DatabaseOptions database)
        => SoledadStore.Open(File, _key, new SoledadOptions { Resolvers = [new Union()], Clock = Clock, Database = database, Projections = _projections });

    private sealed class Union : IConflictResolver
    {
        public string DocumentType => "words";

        public string? Merge(string localJson, string incomingJson) => Words(Read(localJson).Concat(Read(incomingJson)));

        private static IEnumerable<string> Read(string json)
            => JsonDocument.Parse(json).RootElement.GetProperty("words").EnumerateArray().Select(word => word.GetString()!);
    }
}
