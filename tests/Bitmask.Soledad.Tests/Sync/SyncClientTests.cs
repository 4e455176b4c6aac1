using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad.Tests.Sync;

public sealed class SyncClientTests : IDisposable
{
    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Fact]
    public async Task Sync_TwoDevices_Converge()
    {
        var (a, b) = (_devices.Add(), _devices.Add());
        await a.WriteAsync(tx => tx.Create("note-1", "{\"v\":1}"));
        await a.WriteAsync(tx => tx.Create("note-2", "{\"v\":2}"));

        var up = await SyncAsync(a);
        var down = await SyncAsync(b);

        Assert.Equal((2, 0, true), (up.Sent, up.Received, up.IsComplete));
        Assert.Equal((0, 2, true), (down.Sent, down.Received, down.IsComplete));
        Assert.Equal(a.Read(r => r.Get("note-2")), b.Read(r => r.Get("note-2")));
        Assert.All(_provider.Contents, content => Assert.StartsWith(SealedHeader.ContentPrefix, content, StringComparison.Ordinal));
        Assert.DoesNotContain(_provider.Documents.Keys, id => id.Contains("note", StringComparison.Ordinal));
        Assert.Equal(a.DeviceId, b.Read(r => r.WriterOf("note-1"))!.Value.Device);
    }

    [Fact]
    public async Task Sync_Deletion_ReachesTheOtherDeviceSealed()
    {
        var (a, b) = (_devices.Add(), _devices.Add());
        var note = await a.WriteAsync(tx => tx.Create("note", "{}"));
        await SyncAsync(a);
        await SyncAsync(b);
        await a.WriteAsync(tx => tx.Delete("note", note.Rev));

        await SyncAsync(a);
        await SyncAsync(b);

        Assert.True(b.Read(r => r.Get("note"))!.IsDeleted);
        Assert.All(_provider.Documents.Values, d => Assert.NotNull(d.Version.Json));
    }

    [Fact]
    public async Task Sync_BothEdited_MergesAndSendsTheMerge()
    {
        var (a, b) = (_devices.Add(), _devices.Add());
        var rev = (await a.WriteAsync(tx => tx.Create("w", Devices.Words()))).Rev;
        await SyncAsync(a);
        await SyncAsync(b);
        await a.WriteAsync(tx => tx.Put("w", rev, Devices.Words("ape")));
        await b.WriteAsync(tx => tx.Put("w", rev, Devices.Words("bee")));

        await SyncAsync(a);
        var merging = await SyncAsync(b);
        await SyncAsync(a);

        Assert.Equal(1, merging.Conflicts);
        Assert.Equal(Devices.Words("ape", "bee"), a.Read(r => r.Get("w"))!.Json);
        Assert.Equal(a.Read(r => r.Get("w")), b.Read(r => r.Get("w")));
    }

    [Fact]
    public async Task Sync_BothEditedWithoutResolver_OneWinsOnBothAndTheOtherIsArchived()
    {
        var (a, b) = (_devices.Add(), _devices.Add());
        await a.WriteAsync(tx => tx.Create("n", "{\"from\":\"a\"}"));
        await b.WriteAsync(tx => tx.Create("n", "{\"from\":\"b\"}"));

        await SyncAsync(a);
        var losing = await SyncAsync(b);
        await SyncAsync(a);

        Assert.Equal(1, losing.Conflicts);
        Assert.Equal(SoledadCodes.ConflictArchived, Assert.Single(losing.Events).Name);
        Assert.Empty(b.Read(r => r.Conflicts("n")));
        var lost = Assert.Single(b.Read(r => r.Sql.Query("SELECT json FROM conflict_archive", static row => row.GetText(0))));
        Assert.Equal(["{\"from\":\"a\"}", "{\"from\":\"b\"}"], new[] { b.Read(r => r.Get("n"))!.Json, lost }.Order());
        Assert.Equal(a.Read(r => r.Get("n")), b.Read(r => r.Get("n")));
    }

    [Fact]
    public async Task Sync_NothingNew_IsOneRequest()
    {
        var a = _devices.Add();
        await a.WriteAsync(tx => tx.Create("n", "{}"));
        await SyncAsync(a);
        _provider.Requests.Clear();

        await SyncAsync(a);

        Assert.Equal(["GET"], _provider.Requests);
    }

    [Fact]
    public async Task Sync_ReceivedDocuments_AreNotSentBack()
    {
        var (a, b) = (_devices.Add(), _devices.Add());
        await a.WriteAsync(tx => tx.Create("n", "{}"));
        await SyncAsync(a);
        await SyncAsync(b);
        await b.WriteAsync(tx => tx.Create("m", "{}"));

        Assert.Equal(1, (await SyncAsync(b)).Sent);
    }

    [Fact]
    public async Task Sync_ProviderWithoutDatabase_MakesIt()
    {
        _provider.HasDatabase = false;
        var a = _devices.Add();
        await SyncAsync(a);
        Assert.False(_provider.HasDatabase);

        await a.WriteAsync(tx => tx.Create("n", "{}"));
        var report = await SyncAsync(a);

        Assert.Equal((1, true), (report.Sent, _provider.HasDatabase));
        Assert.Equal(1, report.AcknowledgedGeneration);
    }

    [Fact]
    public async Task Sync_UploadBreaksOff_GoesOnBehindTheLastPiece()
    {
        var a = _devices.Add();
        for (var i = 0; i < 10; i++)
        {
            await a.WriteAsync(tx => tx.Create($"n{i}", "{}"));
        }

        _provider.FailUploadsAfter = 2;
        var options = new SyncOptions { BatchDocuments = 3 };
        var failure = await Assert.ThrowsAsync<SoledadException>(() => SyncAsync(a, options));
        Assert.True(failure.IsTransient);
        Assert.Equal((6, 6), (_provider.Documents.Count, a.Read(SyncClient.AcknowledgedGeneration)));

        _provider.FailUploadsAfter = null;
        var rest = await SyncAsync(a, options);
        Assert.Equal((4, 10), (rest.Sent, rest.AcknowledgedGeneration));
    }

    [Fact]
    public async Task Sync_DownloadBreaksOff_KeepsWhatCameAndGoesOn()
    {
        var (a, b) = (_devices.Add(), _devices.Add());
        for (var i = 0; i < 10; i++)
        {
            await a.WriteAsync(tx => tx.Create($"n{i}", "{}"));
        }

        await SyncAsync(a);
        _provider.DownloadText = text => text[..(text.Length / 2)];
        var failure = await Assert.ThrowsAsync<SoledadException>(() => SyncAsync(b, new SyncOptions { BatchDocuments = 2 }));
        Assert.Equal(SoledadCodes.BrokenAnswer, failure.Code);
        var kept = b.Read(r => r.Generation);
        Assert.InRange(kept, 3, 5);

        _provider.DownloadText = text => text;
        Assert.Equal(10 - kept, (await SyncAsync(b)).Received);
    }

    [Fact]
    public async Task Sync_ProviderDown_SaysSoAndKeepsEverything()
    {
        var a = _devices.Add();
        await a.WriteAsync(tx => tx.Create("n", "{}"));
        _provider.AlwaysAnswer = System.Net.HttpStatusCode.BadGateway;
        var failure = await Assert.ThrowsAsync<SoledadException>(() => SyncAsync(a));
        Assert.Equal((SoledadCodes.Unavailable, true), (failure.Code, failure.IsTransient));

        _provider.AlwaysAnswer = System.Net.HttpStatusCode.Unauthorized;
        Assert.Equal(SoledadCodes.Unauthorized, (await Assert.ThrowsAsync<SoledadException>(() => SyncAsync(a))).Code);

        _provider.AlwaysAnswer = null;
        Assert.Equal(1, (await SyncAsync(a)).Sent);
    }

    [Fact]
    public async Task Acknowledged_LocalWriteDuringNothing_WaitsForTheNextSync()
    {
        var a = _devices.Add();
        await a.WriteAsync(tx => tx.Create("n", "{}"));
        Assert.Equal(1, (await SyncAsync(a)).AcknowledgedGeneration);
        await a.WriteAsync(tx => tx.Create("m", "{}"));
        Assert.Equal(1, a.Read(SyncClient.AcknowledgedGeneration));
    }

    private async Task<SyncReport> SyncAsync(SoledadStore store, SyncOptions? options = null)
    {
        using var client = _provider.Client(store, _devices.Codec(store), options);
        return await client.SyncAsync();
    }
}
