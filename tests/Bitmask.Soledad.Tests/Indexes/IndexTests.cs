using Bitmask.Soledad.Tests.Store;
using FsCheck.Xunit;

namespace Bitmask.Soledad.Tests.Indexes;

public sealed class IndexTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Definitions_AfterReopen_AreThereAndKept()
    {
        using (var store = _fixture.Open())
        {
            await store.WriteAsync(static tx => tx.CreateIndex("by-name", "lower(name)", "n"));
            await store.WriteAsync(static tx => tx.Create("a", """{"name":"Anna","n":1}"""));
        }

        var again = _fixture.Open();
        await again.WriteAsync(static tx => tx.Create("b", """{"name":"ANNA","n":2}"""));
        Assert.Equal(["a", "b"], Ids(again, "by-name", "anna", "*"));
        Assert.Equal([new IndexDefinition("by-name", ["lower(name)", "n"], null)], again.Read(static reader => reader.ListIndexes()));
    }

    [Fact]
    public async Task IndexOfAType_HoldsOnlyIts_AndOthersCostNothing()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.CreateIndex(new IndexDefinition("keys", ["address"], "key")));
        await store.WriteAsync(static tx => tx.CreateIndex("all", "address"));
        await store.WriteAsync(static tx => tx.DeleteIndex("all"));
        await store.WriteAsync(static tx =>
        {
            tx.Create("k", """{"type":"key","address":"x"}""");
            tx.Create("m", """{"type":"mail","address":"x"}""");
            tx.Create("n", """{"address":"x"}""");
        });
        Assert.Equal(["k"], Ids(store, "keys", "x"));
        Assert.Equal(1, Rows(store));

        await store.WriteAsync(static tx => tx.Put("k", tx.Get("k")!.Rev, """{"type":"mail","address":"x"}"""));
        await store.WriteAsync(static tx => tx.Put("m", tx.Get("m")!.Rev, """{"type":"key","address":"y"}"""));
        Assert.Equal(["m"], Ids(store, "keys", "*"));
        Assert.Equal(1, Rows(store));
    }

    [Fact]
    public async Task SyncedVersions_AreIndexedAsLocalOnes()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.CreateIndex("by-v", "v"));
        await store.WriteAsync(static tx => tx.InsertFromSync(new Document("x", "P:1", """{"v":"one"}"""), new SyncSource("P", 1, "T-1")));
        Assert.Equal(["x"], Ids(store, "by-v", "one"));
        await store.WriteAsync(static tx => tx.InsertFromSync(new Document("x", "P:2", """{"v":"two"}"""), new SyncSource("P", 2, "T-2")));
        Assert.Empty(Ids(store, "by-v", "one"));
        Assert.Equal(["x"], Ids(store, "by-v", "two"));
        await store.WriteAsync(static tx => tx.InsertFromSync(new Document("x", "P:3", null), new SyncSource("P", 3, "T-3")));
        Assert.Equal(0, Rows(store));
    }

    [Fact]
    public async Task RolledBackDefinition_IsNotTakenForAnIndex()
    {
        var store = _fixture.Open();
        await Assert.ThrowsAsync<FormatException>(() => store.WriteAsync(static tx =>
        {
            tx.CreateIndex("by-v", "v");
            tx.Create("a", """{"v":"one"}""");
            throw new FormatException();
        }));
        await store.WriteAsync(static tx => tx.Create("b", """{"v":"one"}"""));
        Assert.Equal(0, Rows(store));
        await store.WriteAsync(static tx => tx.CreateIndex("by-v", "w"));
        await store.WriteAsync(static tx => tx.Create("c", """{"v":"one","w":"two"}"""));
        Assert.Equal(["c"], Ids(store, "by-v", "two"));
        Assert.Throws<IndexNotFoundException>(() => Ids(store, "other", "x"));
    }

    [Fact]
    public async Task OddValues_AreIndexedAsText()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.CreateIndex("by-v", "v"));
        await store.WriteAsync(static tx => tx.Create("big", """{"v":123456789012345678901234567890}"""));
        await store.WriteAsync(static tx => tx.Create("real", """{"v":1e3}"""));
        await store.WriteAsync(static tx => tx.Create("half", """{"v":"\ud800"}"""));
        await store.WriteAsync(static tx => tx.Create("zero", """{"v":"a\u0000b"}"""));
        await store.WriteAsync(static tx => tx.Create("name", """{"sub":{"\ud800":1},"v":[true,-0]}"""));
        await store.WriteAsync(static tx => tx.CreateIndex("by-sub", "sub.x"));
        Assert.Equal(["big"], Ids(store, "by-v", "123456789012345678901234567890"));
        Assert.Equal(["real"], Ids(store, "by-v", "1000.0"));
        Assert.Equal(["half"], Ids(store, "by-v", "\\ud8*"));
        Assert.Equal(["zero"], Ids(store, "by-v", "a\0*"));
        Assert.Equal(["name"], Ids(store, "by-v", "0"));
        Assert.Equal(["name"], Ids(store, "by-v", "1"));
    }

    [Fact]
    public async Task Prefixes_AtTheEndsOfUnicode_FindAllThatBeginsSo()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.CreateIndex("by-v", "v"));
        await store.WriteAsync(static tx =>
        {
            tx.Create("last", """{"v":"x\udbff\udfff\udbff\udfff"}""");
            tx.Create("only", """{"v":"\udbff\udfff"}""");
            tx.Create("before", """{"v":"\ud7ffa"}""");
            tx.Create("after", """{"v":"\ue000"}""");
        });
        Assert.Equal(["last"], Ids(store, "by-v", "x\U0010ffff*"));
        Assert.Equal(["only"], Ids(store, "by-v", "\U0010ffff*"));
        Assert.Equal(["before"], Ids(store, "by-v", "\ud7ff*"));
        Assert.Equal(["before", "after"], store.Read(static reader => reader.GetRangeFromIndex("by-v", ["\ud7ff"], ["\ue000*"])).Select(static d => d.Id));
    }

    [Fact]
    public async Task Counts_AreOfDocuments()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.CreateIndex("by-tag", "tags", "n"));
        await store.WriteAsync(static tx => tx.Create("a", """{"tags":["x","x","y"],"n":1}"""));
        await store.WriteAsync(static tx => tx.Create("b", """{"tags":["x"],"n":[1,2]}"""));
        Assert.Equal(2, store.Read(static reader => reader.GetCountFromIndex("by-tag", "x", "1")));
        Assert.Equal(0, store.Read(static reader => reader.GetCountFromIndex("by-tag", "*", "*")));
        Assert.Throws<IndexQueryException>(() => store.Read(static reader => reader.GetCountFromIndex("by-tag", "x")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(lower(a))))))))))))))))")]
    [InlineData("number(a, -1)")]
    [InlineData("number(a, 257)")]
    [InlineData("number(a, 99999999999)")]
    [InlineData("lower(a) b")]
    [InlineData("lower(,a)")]
    [InlineData("combine(a,)")]
    public async Task BadExpressions_AreRefusedAndNothingIsKept(string expression)
    {
        var store = _fixture.Open();
        await Assert.ThrowsAsync<IndexDefinitionException>(() => store.WriteAsync(tx => tx.CreateIndex("i", "good", expression)));
        await Assert.ThrowsAsync<IndexDefinitionException>(() => store.WriteAsync(static tx => tx.CreateIndex("i", new string('a', 2000))));
        await Assert.ThrowsAsync<IndexDefinitionException>(() => store.WriteAsync(static tx => tx.CreateIndex("i", "a" + (char)0xd800)));
        await Assert.ThrowsAsync<IndexDefinitionException>(() => store.WriteAsync(static tx => tx.CreateIndex("", "a")));
        await Assert.ThrowsAsync<IndexDefinitionException>(() => store.WriteAsync(static tx => tx.CreateIndex("i")));
        Assert.Empty(store.Read(static reader => reader.ListIndexes()));
        Assert.Equal(0, store.Read(static reader => reader.Sql.ScalarInt64("SELECT count(*) FROM index_expression")));
    }

    [Fact]
    public async Task EveryKindOfQuery_SeeksAndNeverScansATable()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.CreateIndex("one", "a"));
        await store.WriteAsync(static tx => tx.CreateIndex("three", "a", "b", "c"));
        store.Read(static reader =>
        {
            foreach (var query in (IndexQuery[])
            [
                IndexQueries.Documents(reader.Sql, "one", IndexColumn.Matching(["x"])),
                IndexQueries.Documents(reader.Sql, "one", IndexColumn.Matching(["x*"])),
                IndexQueries.Documents(reader.Sql, "one", IndexColumn.Matching(["*"])),
                IndexQueries.Documents(reader.Sql, "one", IndexColumn.Ranges(["a"], ["b*"])),
                IndexQueries.Documents(reader.Sql, "three", IndexColumn.Matching(["x", "y", "z"])),
                IndexQueries.Documents(reader.Sql, "three", IndexColumn.Matching(["x", "y*", "*"])),
                IndexQueries.Documents(reader.Sql, "three", IndexColumn.Matching(["*", "*", "*"])),
                IndexQueries.Keys(reader.Sql, "three"),
                IndexQueries.Count(reader.Sql, "three", ["x", "y", "z"]),
            ])
            {
                var plan = reader.Sql.Query("EXPLAIN QUERY PLAN " + query.Sql, static row => row.GetText(3), query.Arguments);
                Assert.DoesNotContain(plan, static line => line.StartsWith("SCAN", StringComparison.Ordinal));
                Assert.Equal(query.Columns, plan.Count(static line => line.StartsWith("SEARCH", StringComparison.Ordinal)));
            }

            return true;
        });
    }

    [Fact]
    public async Task Maintenance_OfADocument_SeeksItsRows()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.CreateIndex("one", "a"));
        foreach (var sql in (string[])
        [
            "SELECT expression, value FROM index_value WHERE doc_id = 'x'",
            "DELETE FROM index_value WHERE expression = 1 AND value = 'x' AND doc_id = 'x'",
            "SELECT doc_id, type, json FROM document WHERE type = 'x' AND doc_id > '' ORDER BY doc_id LIMIT 128",
        ])
        {
            Assert.All(store.Read(reader => reader.Sql.Query("EXPLAIN QUERY PLAN " + sql, static row => row.GetText(3))), static line => Assert.StartsWith("SEARCH", line, StringComparison.Ordinal));
        }
    }

    /// <summary>Whatever is done to the documents, in whatever order: the rows are those of a new index.</summary>
    [Property(MaxTest = 30)]
    public async Task RandomChanges_LeaveTheRowsOfAFreshIndex(byte[] acts)
    {
        using var fixture = new StoreFixture();
        var store = fixture.Open();
        await store.WriteAsync(static tx => tx.CreateIndex("i", "combine(t, lower(s))", "type"));
        await store.WriteAsync(static tx => tx.CreateIndex(new IndexDefinition("j", ["t"], "k1")));
        foreach (var (act, i) in acts.Select(static (act, i) => (act, i)))
        {
            var id = "n" + (act % 3);
            await store.WriteAsync(tx =>
            {
                var current = tx.Get(id);
                if (act / 3 % 4 == 0 && current is { IsDeleted: false })
                {
                    tx.Delete(id, current.Rev);
                }
                else
                {
                    tx.Put(id, current?.Rev, $$"""{"type":"k{{act / 12 % 2}}","t":[{{act}},"{{i}}"],"s":"W{{i % 2}}"}""");
                }
            });
        }

        var before = All(store);
        await store.WriteAsync(tx => store.Indexes.Rebuild(tx.Sql));
        Assert.Equal(All(store), before);
    }

    private static List<(long, string, string)> All(SoledadStore store)
        => store.Read(static reader => reader.Sql.Query("SELECT expression, value, doc_id FROM index_value ORDER BY 1, 2, 3", static row => (row.GetInt64(0), row.GetText(1), row.GetText(2))));

    private static long? Rows(SoledadStore store) => store.Read(static reader => reader.Sql.ScalarInt64("SELECT count(*) FROM index_value"));

    private static IEnumerable<string> Ids(SoledadStore store, string index, params string[] values)
        => store.Read(reader => reader.GetFromIndex(index, values)).Select(static d => d.Id);
}
