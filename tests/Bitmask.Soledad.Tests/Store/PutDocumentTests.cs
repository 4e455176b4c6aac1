namespace Bitmask.Soledad.Tests.Store;

public sealed class PutDocumentTests : IDisposable
{
    private readonly StoreFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task Put_NewDocument_IsReadBackWithExactTextAndType()
    {
        var store = _fixture.Open();
        const string json = "{ \"b\" : [1, {\"type\":\"inner\"}],\t\"type\" : \"mbox\", \"ü\": \"\\u00fc\" }";
        var put = await store.WriteAsync(tx => tx.Create("B-1", json));

        var got = store.Read(static reader => reader.Get("B-1"))!;
        Assert.Equal(put, got);
        Assert.Equal(json, got.Json);
        Assert.Equal("mbox", got.Type);
        Assert.Equal(store.ReplicaUid + ":1", got.Rev);
        Assert.Equal("B-1", Assert.Single(store.Read(static reader => reader.GetByType("mbox"))).Id);
    }

    [Fact]
    public async Task Put_WithoutType_IsKeptAndInNoType()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.Create("x", """{"type": 5}"""));
        Assert.Null(store.Read(static reader => reader.Get("x"))!.Type);
    }

    [Theory]
    [InlineData("x", "[1]")]
    [InlineData("x", "{\"a\": 1")]
    [InlineData("x", "{} {}")]
    [InlineData("", "{}")]
    [InlineData("a b", "{}")]
    [InlineData("a\n", "{}")]
    public async Task Put_NoObjectOrNoId_IsRefusedAndNothingIsKept(string id, string json)
    {
        var store = _fixture.Open();
        await Assert.ThrowsAsync<InvalidDocumentException>(() => store.WriteAsync(tx =>
        {
            tx.Create("good", "{}");
            tx.Put(id, null, json);
        }));
        Assert.Null(store.Read(static reader => reader.Get("good")));
        Assert.Equal(0, store.Read(static reader => reader.Generation));
    }

    [Fact]
    public async Task Put_HalfASurrogatePair_IsRefused()
    {
        var store = _fixture.Open();
        await Assert.ThrowsAsync<InvalidDocumentException>(() => store.WriteAsync(static tx => tx.Create("x", $"{{\"a\": \"{(char)0xd800}\"}}")));
    }

    [Fact]
    public async Task LocalWrites_Each_HaveTheNextDeviceCounter()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.Create("a", "{}"));
        await store.WriteAsync(static tx => tx.Create("b", "{}"));
        await store.WriteAsync(static tx => tx.Delete("a", tx.Get("a")!.Rev));

        var changes = store.Read(static reader => reader.Changes(0));
        Assert.Equal([("b", 2L, 2UL), ("a", 3L, 3UL)], changes.Select(static c => (c.Id, c.Generation, c.Seq!.Value)));
        Assert.Equal(new DocumentWriter(store.DeviceId, 3), store.Read(static reader => reader.WriterOf("a")));
        Assert.All(changes, change => Assert.Equal(change.TransactionId, store.Read(reader => reader.TransactionId(change.Generation))));
        Assert.Equal("", store.Read(static reader => reader.TransactionId(0)));
        Assert.Null(store.Read(static reader => reader.TransactionId(4)));
    }

    [Fact]
    public async Task Reopen_KeepsIdentityAndCounters()
    {
        string replica;
        Bitmask.Primitives.DeviceId device;
        using (var store = _fixture.Open())
        {
            (replica, device) = (store.ReplicaUid, store.DeviceId);
            await store.WriteAsync(static tx => tx.Create("a", "{}"));
            await store.WriteAsync(static tx => tx.SetSetting("colour", "blue"));
        }

        var again = _fixture.Open();
        Assert.Equal((replica, device), (again.ReplicaUid, again.DeviceId));
        await again.WriteAsync(static tx => tx.Create("b", "{}"));
        Assert.Equal(2UL, again.Read(static reader => reader.WriterOf("b"))!.Value.Seq);
        Assert.Equal("blue", again.Read(static reader => reader.GetSetting("colour")));
        await again.WriteAsync(static tx => tx.SetSetting("colour", null));
        Assert.Null(again.Read(static reader => reader.GetSetting("colour")));
    }

    [Fact]
    public async Task LocalChange_OfLocalWritesOnly_IsRaisedAfterTheCommit()
    {
        var store = _fixture.Open();
        var heard = new List<(long Generation, long Visible)>();
        store.LocalChange += generation => heard.Add((generation, store.Read(static reader => reader.Generation)));

        await store.WriteAsync(static tx =>
        {
            tx.Create("a", "{}");
            tx.Create("b", "{}");
        });
        await store.WriteAsync(static tx => tx.InsertFromSync(new Document("c", "P:1", "{}"), new SyncSource("P", 1, "T-1")));
        await store.WriteAsync(static tx => tx.SetSetting("x", "y"));
        await Assert.ThrowsAsync<FormatException>(() => store.WriteAsync(static tx =>
        {
            tx.Create("d", "{}");
            throw new FormatException();
        }));

        Assert.Equal([(2L, 2L)], heard);
    }

    [Fact]
    public async Task Put_OnConflictedDocument_SettlesItAndArchivesTheOther()
    {
        var store = _fixture.Open(options: new SoledadOptions { ReplicaUid = "R", KeepsConflicts = true });
        await store.WriteAsync(static tx => tx.Create("x", """{"v":1}"""));
        var outcome = await store.WriteAsync(static tx => tx.InsertFromSync(new Document("x", "B:1", """{"v":2}"""), new SyncSource("P", 1, "T-1")));
        Assert.Equal(Protocol.Soledad.SyncState.Conflicted, outcome.State);

        var put = await store.WriteAsync(static tx => tx.Put("x", "B:1", """{"v":3}"""));

        Assert.Equal("B:1|R:2", put.Rev);
        Assert.Empty(store.Read(static reader => reader.Conflicts("x")));
        Assert.Equal("""{"v":1}""", store.Read(static reader => reader.Sql.ScalarText("SELECT json FROM conflict_archive WHERE doc_id = 'x'")));
    }

    [Fact]
    public async Task Quarantine_KeepsWhatIsStored_UntilReleased()
    {
        var store = _fixture.Open();
        await store.WriteAsync(static tx => tx.Quarantine("wire", 7, "forged"));
        await store.WriteAsync(static tx => tx.Quarantine("wire", 8, "forged again"));
        var row = Assert.Single(store.Read(static reader => reader.Quarantined()));
        Assert.Equal(("wire", 8L, "forged again"), (row.WireId, row.Generation, row.Reason));
        await store.WriteAsync(static tx => tx.Release("wire"));
        Assert.Empty(store.Read(static reader => reader.Quarantined()));
    }
}
