using System.Text.Json;
using Bitmask.Soledad.Tests.Store;
using Bitmask.Testing;

namespace Bitmask.Soledad.Tests.Documents;

public sealed class StoreVectorTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task InsertFromSync_OnEveryVector_DoesAsU1db()
    {
        const string file = "soledad/put_doc_if_newer.json";
        using var vectors = Vectors.Read(file);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            // A client always keeps conflicts; the other rows are the server's, and run in the tests of the pure rules.
            if (vector.GetProperty("save_conflict").GetBoolean())
            {
                await RunAsync(vector, $"put{cases++}.db");
            }
        }

        Vectors.Report(file, cases);
        Assert.NotEqual(0, cases);
    }

    [Fact]
    public async Task Resolve_OnEveryVector_DoesAsU1db()
    {
        const string file = "soledad/resolve_doc.json";
        using var vectors = Vectors.Read(file);
        var cases = 0;
        foreach (var vector in vectors.RootElement.GetProperty("vectors").EnumerateArray())
        {
            var store = _fixture.Open($"resolve{cases++}.db", new SoledadOptions { ReplicaUid = vectors.RootElement.GetProperty("local_replica").GetString(), KeepsConflicts = true });
            var superseded = vector.GetProperty("superseded").EnumerateArray().Select(static e => e.GetString()!).ToList();
            var rev = await store.WriteAsync(tx =>
            {
                Seed(tx, vector.GetProperty("current_rev").GetString()!, """{"cur": 1}""");
                foreach (var conflict in vector.GetProperty("conflict_revs").EnumerateArray().Select(static e => e.GetString()!))
                {
                    SeedConflict(tx, conflict, $$"""{"c": "{{conflict}}"}""");
                }

                return tx.Resolve(new Document("doc", "", vector.GetProperty("new_content").GetString()), superseded).Rev;
            });

            Assert.Equal(vector.GetProperty("returned_rev").GetString(), rev);
            AssertVersions(store, vector.GetProperty("current_after"), vector.GetProperty("conflicts_after"));
            Assert.Equal(vector.GetProperty("log_length").GetInt64(), store.Read(static reader => reader.Generation));
        }

        Vectors.Report(file, cases);
    }

    private async Task RunAsync(JsonElement vector, string name)
    {
        var store = _fixture.Open(name, new SoledadOptions { ReplicaUid = vector.GetProperty("local_replica").GetString(), KeepsConflicts = true });
        var source = ToSource(vector.GetProperty("source"));
        var known = vector.GetProperty("source_known_before");
        await store.WriteAsync(tx =>
        {
            if (known.ValueKind == JsonValueKind.Array)
            {
                tx.RecordSync(new SyncSource(source.ReplicaUid, known[0].GetInt64(), known[1].GetString()!));
            }

            if (vector.GetProperty("current_rev").GetString() is { } rev)
            {
                Seed(tx, rev, vector.GetProperty("current_content").GetString());
            }

            foreach (var conflict in vector.GetProperty("current_conflicts").EnumerateArray())
            {
                SeedConflict(tx, conflict[0].GetString()!, conflict[1].GetString());
            }
        });

        var incoming = new Document("doc", vector.GetProperty("incoming_rev").GetString()!, vector.GetProperty("incoming_content").GetString());
        var result = vector.GetProperty("result");
        if (result.TryGetProperty("wire", out var error))
        {
            var thrown = await Assert.ThrowsAsync<Bitmask.Protocol.Soledad.SoledadProtocolException>(() => store.WriteAsync(tx => tx.InsertFromSync(incoming, source)));
            Assert.Contains(error.GetString()!, thrown.ToString(), StringComparison.OrdinalIgnoreCase);
            return;
        }

        var outcome = await store.WriteAsync(tx => tx.InsertFromSync(incoming, source));
        Assert.Equal(result.GetProperty("state").GetString(), outcome.State.ToString(), ignoreCase: true);
        AssertVersions(store, result.GetProperty("current"), result.GetProperty("conflicts"));
        Assert.Equal(result.GetProperty("log_length").GetInt64(), store.Read(static reader => reader.Generation));
        var recorded = result.GetProperty("source_recorded");
        Assert.Equal((recorded[0].GetInt64(), recorded[1].GetString()!), store.Read(reader => reader.GetSync(source.ReplicaUid)));
    }

    private static SyncSource ToSource(JsonElement source) => new(source[0].GetString()!, source[1].GetInt64(), source[2].GetString()!);

    private static void Seed(StoreTransaction tx, string rev, string? json)
    {
        tx.Sql.Execute("INSERT INTO document(doc_id, rev, json, seq, is_local) VALUES ('doc', ?1, ?2, 1, 1)", rev, json);
        tx.Sql.Execute("INSERT INTO transaction_log(doc_id, transaction_id) VALUES ('doc', 'T-seed')");
    }

    private static void SeedConflict(StoreTransaction tx, string rev, string? json)
        => tx.Sql.Execute("INSERT INTO conflict(doc_id, rev, json) VALUES ('doc', ?1, ?2)", rev, json);

    private static void AssertVersions(SoledadStore store, JsonElement current, JsonElement conflicts)
    {
        var document = store.Read(static reader => reader.Get("doc"))!;
        Assert.Equal((current[0].GetString(), current[1].GetString()), (document.Rev, document.Json));
        Assert.Equal(
            conflicts.EnumerateArray().Select(static c => (c[0].GetString()!, c[1].GetString())).Order(),
            store.Read(static reader => reader.Conflicts("doc")).Select(static d => (d.Rev, d.Json)).Order());
    }
}
