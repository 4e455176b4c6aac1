using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad.Tests.Sync;

/// <summary>Alice's account on some devices: each has a store and a sealed codec of the same keys.</summary>
internal sealed class Devices : IDisposable
{
    public static readonly UserId Alice = UserId.Parse("a11ce000000000000000000000000000");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly List<SoledadStore> _stores = [];

    public Keyset Keyset { get; } = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);

    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public SoledadStore Add(params IDocumentProjection[] projections)
    {
        using var key = SecretBytes.Random(32);
        var store = SoledadStore.Open(
            Path.Combine(_folder.FullName, $"{_stores.Count}.db"), key,
            new SoledadOptions { Resolvers = [new WordsResolver()], Projections = projections, Clock = Clock, Database = new DatabaseOptions() });
        _stores.Add(store);
        return store;
    }

    public SealedCodec Codec(SoledadStore store) => new(Keyset, Alice, store.DeviceId);

    public void Dispose()
    {
        _stores.ForEach(store => store.Dispose());
        Keyset.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Documents of type "words" merge: all words of both.</summary>
    private sealed class WordsResolver : IConflictResolver
    {
        public string DocumentType => "words";

        public string? Merge(string localJson, string incomingJson)
            => Words([.. Words(localJson).Concat(Words(incomingJson)).Distinct().Order(StringComparer.Ordinal)]);
    }

    public static string Words(params string[] words)
        => System.Text.Json.JsonSerializer.Serialize(new Dictionary<string, object> { ["type"] = "words", ["words"] = words });

    private static IEnumerable<string> Words(string json)
        => System.Text.Json.JsonDocument.Parse(json).RootElement.GetProperty("words").EnumerateArray().Select(w => w.GetString()!);
}
