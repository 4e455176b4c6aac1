using Bitmask.Soledad.Tests.Store;

namespace Bitmask.Soledad.Tests.Documents;

public sealed class ManyDocumentsTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task PutMany_IsReadBackByGetMany_InTheOrderAsked()
    {
        var store = _fixture.Open();
        var put = await store.WriteAsync(static tx => tx.PutMany([new("b", null, """{"n":1}"""), new("a", null, """{"n":2}"""), new("c", null, "{}")]));
        Assert.Equal(["b", "a", "c"], put.Select(static document => document.Id));
        await store.WriteAsync(static tx => tx.Delete("c", tx.Get("c")!.Rev));
        var got = store.Read(static reader => reader.GetMany(["c", "nothing", "a", "b"]));
        Assert.Equal(["c", "a", "b"], got.Select(static document => document.Id));
        Assert.True(got[0].IsDeleted);
        Assert.Equal(put[1], got[1]);
    }

    [Fact]
    public async Task PutMany_WithOneThatIsStale_KeepsNothing()
    {
        var store = _fixture.Open();
        await Assert.ThrowsAsync<RevisionConflictException>(() => store.WriteAsync(static tx => tx.PutMany([new("a", null, "{}"), new("b", "R:7", "{}")])));
        Assert.Equal(0, store.Read(static reader => reader.Count(includeDeleted: true)));
    }

    [Fact]
    public async Task GetAll_PageByPage_MeetsEveryDocumentOnce()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.PutMany(Enumerable.Range(0, 25).Select(static i => new DocumentEdit($"n{i:00}", null, $$"""{"type":"t{{i % 2}}"}"""))));
        await store.WriteAsync(static tx => tx.Delete("n07", tx.Get("n07")!.Rev));
        foreach (var (includeDeleted, expected) in new[] { (false, 24), (true, 25) })
        {
            var seen = new List<string>();
            for (string? last = null; store.Read(reader => reader.GetAll(last, 10, includeDeleted)) is { Count: > 0 } page; last = page[^1].Id)
            {
                seen.AddRange(page.Select(static document => document.Id));
            }

            Assert.Equal(expected, seen.Count);
            Assert.Equal(seen.Distinct().Order(StringComparer.Ordinal), seen);
            Assert.Equal(expected, store.Read(reader => reader.Count(includeDeleted)));
        }

        Assert.Equal((13, 11), (store.Read(static reader => reader.CountByType("t0")), store.Read(static reader => reader.CountByType("t1"))));
    }

    [Theory]
    [InlineData("SELECT count(*) FROM document WHERE json IS NULL")]
    [InlineData("SELECT count(*) FROM document WHERE type = 'x'")]
    [InlineData("SELECT doc_id, rev, json FROM document WHERE doc_id > 'x' AND json IS NOT NULL ORDER BY doc_id LIMIT 5")]
    public void Queries_OfManyDocuments_UseAnIndex(string sql)
    {
        var plan = _fixture.Open().Read(reader => reader.Sql.Query("EXPLAIN QUERY PLAN " + sql, static row => row.GetText(3)));
        Assert.All(plan, static line => Assert.Contains("INDEX", line, StringComparison.Ordinal));
    }
}
