using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Provider.Tests.World;

/// <summary>One device of a person: our real store and sync client against the running provider.</summary>
internal sealed class Device : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly Person _person;
    private readonly IDocumentCodec _codec;

    public Device(Person person, Func<DeviceId, IDocumentCodec> codec)
    {
        _person = person;
        using var key = SecretBytes.Random(32);
        Store = SoledadStore.Open(Path.Combine(_folder.FullName, "soledad.db"), key, new SoledadOptions { Resolvers = [new Union()] });
        _codec = codec(Store.DeviceId);
    }

    public SoledadStore Store { get; }

    public string? this[string id] => Store.Read(reader => reader.Get(id))?.Json;

    /// <summary>A document that merges: the union of words.</summary>
    public static string Words(params IEnumerable<string> words)
        => JsonSerializer.Serialize(new Dictionary<string, object> { ["type"] = "words", ["words"] = words.Distinct().Order(StringComparer.Ordinal).ToArray() });

    public Task<Document> CreateAsync(string id, string json) => Store.WriteAsync(tx => tx.Create(id, json));

    public Task<Document> EditAsync(string id, string json) => Store.WriteAsync(tx => tx.Put(id, tx.Get(id)!.Rev, json));

    public Task DeleteAsync(string id) => Store.WriteAsync(tx => tx.Delete(id, tx.Get(id)!.Rev));

    public async Task<SyncReport> SyncAsync(SyncOptions? options = null)
    {
        using var client = new SyncClient(Store, _codec, _person.Provider.Soledad, _person.Provider.Soledad.BaseAddress!, _person.Id, Token, TimeProvider.System, options);
        return await client.SyncAsync();
    }

    public Task<string> Token(CancellationToken cancellationToken) => Task.FromResult(_person.Token);

    public void Dispose()
    {
        Store.Dispose();
        _folder.Delete(recursive: true);
    }

    private sealed class Union : IConflictResolver
    {
        public string DocumentType => "words";

        public string? Merge(string localJson, string incomingJson) => Words(Read(localJson).Concat(Read(incomingJson)));

        private static IEnumerable<string> Read(string json)
            => JsonDocument.Parse(json).RootElement.GetProperty("words").EnumerateArray().Select(word => word.GetString()!);
    }
}
