using Bitmask.Soledad.Tests.Sync;

namespace Bitmask.Soledad.Tests.Graves;

/// <summary>The log of changes keeps what somebody still needs, and no more.</summary>
public sealed class LogTrimTests : IDisposable
{
    private static readonly SyncOptions Options = new() { HasDocumentsQuery = true, HasCompaction = true };

    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10_000)]
    public async Task Trim_KeepsTheLatestOfEachDocument_AndNothingIsSentAgain(int pieceRows)
    {
        var (store, other) = (_devices.Add(), _devices.Add());
        for (var i = 0; i < 30; i++)
        {
            await WriteAsync(store, "d" + (i % 4));
        }

        await SyncAsync(store);
        await CompactAsync(store, pieceRows);
        Assert.Equal(4, Rows(store));
        Assert.Equal(30, store.Read(static reader => reader.Generation));

        Assert.Equal(0, (await SyncAsync(store)).Sent);
        await SyncAsync(other);
        await WriteAsync(other, "d1");
        await SyncAsync(other);
        Assert.Equal(1, (await SyncAsync(store)).Received);
        await CompactAsync(store, pieceRows);
        Assert.Equal(4, Rows(store));
        Assert.Empty(StoreCheck.Compare(store));
    }

    [Fact]
    public async Task Trim_LeavesWhatIsNotAcknowledged()
    {
        var store = _devices.Add();
        await WriteAsync(store, "d");
        await SyncAsync(store);
        await WriteAsync(store, "d");
        await WriteAsync(store, "d");
        Assert.Equal(3, Rows(store));

        await CompactAsync(store); // which syncs first
        Assert.Equal(1, Rows(store));
    }

    [Fact]
    public async Task Trim_TakesWhatIsInGraves_ButTheRowThatTheProviderRemembers()
    {
        var store = _devices.Add();
        for (var i = 0; i < 5; i++)
        {
            await store.WriteAsync(tx => tx.Delete("d" + i, tx.Create("d" + i, "{}").Rev));
        }

        await SyncAsync(store);
        await CompactAsync(store); // buries
        await CompactAsync(store); // trims
        Assert.Equal(1, Rows(store)); // the grave
        Assert.True((await SyncAsync(store)).IsComplete);
        Assert.Empty(StoreCheck.Compare(store));
    }

    [Fact]
    public async Task ProviderThatGoesBack_BelowWhatWasTrimmed_GetsEverythingAgain()
    {
        var store = _devices.Add();
        await WriteAsync(store, "d");
        await WriteAsync(store, "e");
        await WriteAsync(store, "d");
        await SyncAsync(store);
        var goBack = _provider.Backup();
        await WriteAsync(store, "d");
        await WriteAsync(store, "e");
        await SyncAsync(store);
        await CompactAsync(store);
        Assert.Equal(2, Rows(store));
        goBack();

        var report = await SyncAsync(store);

        Assert.Contains(report.Events, static told => told.Name == SoledadCodes.DeviceRejoined && told.Detail.Contains("went back", StringComparison.Ordinal));
        var codec = _devices.Codec(store);
        foreach (var id in (string[])["d", "e"])
        {
            var here = store.Read(reader => reader.Get(id))!;
            Assert.Equal(here.Rev, _provider.Documents[codec.WireId(id)].Version.Revision.ToString());
        }
    }

    [Fact]
    public async Task Acknowledge_TellsTheProviderOnce_WhatADeviceHasThatAsksNothing()
    {
        var (store, idle) = (_devices.Add(), _devices.Add());
        await WriteAsync(store, "d");
        await SyncAsync(store);
        await SyncAsync(idle);
        await store.WriteAsync(static tx => tx.Delete("d", tx.Get("d")!.Rev));
        await SyncAsync(store);
        await SyncAsync(idle); // has the deletion, and has not said so
        Assert.Equal((0, 0), await BuriedAsync());

        using (var client = _provider.Client(idle, _devices.Codec(idle), Options))
        {
            Assert.True(await client.AcknowledgeAsync());
            Assert.False(await client.AcknowledgeAsync());
        }

        Assert.Equal((1, 1), await BuriedAsync());

        async Task<(int, int)> BuriedAsync() => await CompactAsync(store) is var report ? (report.Buried, report.Removed) : default;
    }

    private static long Rows(SoledadStore store) => store.Read(static reader => reader.Sql.ScalarInt64("SELECT count(*) FROM transaction_log"))!.Value;

    private static Task<Document> WriteAsync(SoledadStore store, string id) => store.WriteAsync(tx => tx.Put(id, tx.Get(id)?.Rev, $"{{\"v\":\"{Guid.NewGuid()}\"}}"));

    private async Task<CompactionReport> CompactAsync(SoledadStore store, int pieceRows = 100)
    {
        using var client = _provider.Client(store, _devices.Codec(store), Options);
        return await client.CompactAsync(new CompactionOptions { MinDeletions = 1, LogPieceRows = pieceRows });
    }

    private async Task<SyncReport> SyncAsync(SoledadStore store)
    {
        using var client = _provider.Client(store, _devices.Codec(store), Options);
        var report = await client.SyncAsync();
        Assert.True(report.IsComplete);
        return report;
    }
}
