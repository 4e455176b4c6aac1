namespace Bitmask.Soledad.Tests.Store;

public sealed class StoreCheckTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task SoundStore_HasNoFaults()
    {
        using var store = await FillAsync();
        Assert.Empty(StoreCheck.Compare(store));
    }

    [Theory]
    [InlineData("DELETE FROM transaction_log WHERE doc_id = 'n1'", "document n1 is not in the log")]
    [InlineData("DELETE FROM index_value WHERE doc_id = 'n2'", "document n2 is indexed wrongly")]
    [InlineData("INSERT INTO index_value VALUES (1, 'nonsense', 'n2')", "document n2 is indexed wrongly")]
    [InlineData("INSERT INTO index_value VALUES (1, 'nonsense', 'nobody')", "an index has document nobody, which is not there")]
    [InlineData("UPDATE document SET type = 'else' WHERE doc_id = 'n3'", "document n3 is listed under another type")]
    public async Task Fault_IsFound_AndRepairedWithoutTouchingADocument(string sql, string fault)
    {
        using var store = await FillAsync();
        var before = Documents(store);
        await store.WriteAsync(tx => tx.Sql.Execute(sql));
        Assert.Contains(fault, StoreCheck.Compare(store));

        await StoreCheck.RepairAsync(store);

        Assert.Empty(StoreCheck.Compare(store));
        Assert.Equal(before, Documents(store));
    }

    [Theory]
    [InlineData("UPDATE document SET json = '[]' WHERE doc_id = 'n1'", "document n1 is no JSON object")]
    [InlineData("UPDATE document SET rev = 'x:y:z' WHERE doc_id = 'n1'", "document n1 has no revision")]
    [InlineData("UPDATE store_identity SET seq = 1", "document n4 has a number that was not given yet")]
    [InlineData("DELETE FROM document WHERE doc_id = 'n4'", "the log has a change of document n4, which is not there")]
    public async Task FaultOfTheTruth_IsFound(string sql, string fault)
    {
        using var store = await FillAsync();
        await store.WriteAsync(tx => tx.Sql.Execute(sql));
        Assert.Contains(fault, StoreCheck.Compare(store));
    }

    private async Task<SoledadStore> FillAsync()
    {
        var store = _fixture.Open($"{Guid.NewGuid():n}.db", ProjectionTests.Options());
        await store.WriteAsync(static tx =>
        {
            tx.CreateIndex("by-word", "words");
            for (var i = 0; i < 5; i++)
            {
                tx.Create("n" + i, FlagNotes.Json("a", "b" + i));
            }

            tx.Delete("n0", tx.Get("n0")!.Rev);
        });
        return store;
    }

    private static List<string> Documents(SoledadStore store)
        => store.Read(static reader => reader.Sql.Query("SELECT doc_id || ' ' || rev || ' ' || ifnull(json, '') FROM document ORDER BY doc_id", static row => row.GetText(0)));
}
