using System.Text.Json;
using Bitmask.Soledad.Tests.Store;
using Bitmask.Testing;

namespace Bitmask.Soledad.Tests.Documents;

public sealed class LocalLifecycleTests : IDisposable
{
    private const string File = "soledad/local_lifecycle.json";

    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task LocalWrites_OfTheVectorFile_DoAsU1db()
    {
        using var vectors = Vectors.Read(File);
        var options = new SoledadOptions { ReplicaUid = vectors.RootElement.GetProperty("replica").GetString(), MaxDocumentOctets = 40 };
        var store = _fixture.Open(options: options);
        var steps = vectors.RootElement.GetProperty("steps").EnumerateArray().ToList();
        foreach (var step in steps)
        {
            var name = step.GetProperty("step").GetString()!;
            var expected = Word(step.GetProperty("result"));
            Assert.Equal((name, expected), (name, await RunAsync(store, name)));
            Assert.Equal((name, step.GetProperty("generation").GetInt64()), (name, store.Read(static reader => reader.Generation)));
            foreach (var document in step.GetProperty("docs").EnumerateArray())
            {
                var stored = store.Read(reader => reader.Get(document[0].GetString()!))!;
                Assert.Equal((name, document[1].GetString(), document[2].GetString()), (name, stored.Rev, stored.Json));
            }
        }

        Vectors.Report(File, steps.Count);
    }

    private static string Word(JsonElement result) => result.ValueKind == JsonValueKind.Null ? "null" : result.GetRawText().Replace("\n", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).Trim('"').Replace("RAISED", "", StringComparison.Ordinal);

    private static async Task<string> RunAsync(SoledadStore store, string step)
    {
        try
        {
            return await DoAsync(store, step);
        }
        catch (DocumentException e)
        {
            return e switch
            {
                RevisionConflictException => "RevisionConflict",
                DocumentNotFoundException => "DocumentDoesNotExist",
                DocumentDeletedException => "DocumentAlreadyDeleted",
                DocumentTooLargeException => "DocumentTooBig",
                _ => step == "invalid id" ? "InvalidDocId" : "InvalidJSON",
            };
        }
    }

    private static async Task<string> DoAsync(SoledadStore store, string step)
    {
        switch (step)
        {
            case "create x" or "create x again":
                return await PutAsync(store, "x", null, """{"a": 1}""");
            case "update x":
                return await PutAsync(store, "x", "R:1", """{"a": 2}""");
            case "update x with stale rev":
                return await PutAsync(store, "x", "R:1", """{"a": 3}""");
            case "put unknown doc with a rev":
                return await PutAsync(store, "y", "R:1", """{"a": 3}""");
            case "delete with stale rev":
                return await DeleteAsync(store, "x", "R:1");
            case "delete x":
                return await DeleteAsync(store, "x", "R:2");
            case "delete x again":
                return await DeleteAsync(store, "x", "R:3");
            case "delete unknown":
                return await DeleteAsync(store, "nothing", "R:1");
            case "get_doc x":
                return store.Read(static reader => reader.Get("x")) is { IsDeleted: true } ? "null" : "live";
            case "get_doc x include_deleted":
                return $"""["{store.Read(static reader => reader.Get("x"))!.Rev}",null]""";
            case "recreate x with rev None":
                return await PutAsync(store, "x", null, """{"b": 1}""");
            case "invalid id":
                return await PutAsync(store, "a b", null, "{}");
            case "content not object":
                return await PutAsync(store, "z", null, "[1]");
            case "content not json":
                return await PutAsync(store, "z", null, "{");
            case var big when big.StartsWith("too big", StringComparison.Ordinal):
                return await PutAsync(store, "big", null, """{"a": "0123456789012345678901234567890123456789"}""");
            case var changes when changes.StartsWith("whats_changed", StringComparison.Ordinal):
                return Changes(store, changes.Contains("(0)", StringComparison.Ordinal) ? 0 : changes.Contains("99", StringComparison.Ordinal) ? 99 : store.Read(static reader => reader.Generation));
            default:
                throw new NotSupportedException(step);
        }
    }

    private static async Task<string> PutAsync(SoledadStore store, string id, string? rev, string json)
        => (await store.WriteAsync(tx => tx.Put(id, rev, json))).Rev;

    private static async Task<string> DeleteAsync(SoledadStore store, string id, string rev)
    {
        await store.WriteAsync(tx => tx.Delete(id, rev));
        return store.Read(reader => reader.Get(id))!.Rev;
    }

    private static string Changes(SoledadStore store, long after)
    {
        var changes = store.Read(reader => reader.Changes(after)).Select(static c => $"""["{c.Id}",{c.Generation}]""");
        return $"[{store.Read(static reader => reader.Generation)},[{string.Join(',', changes)}]]";
    }
}
