using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Soledad.Leap;
using Bitmask.Soledad.Tests.Sync;

namespace Bitmask.Soledad.Tests.Leap;

public sealed class LeapIncomingBoxTests : IDisposable
{
    private const string Mail = "{\"incoming\": true, \"errdecr\": false, \"_enc_scheme\": \"pubkey\", \"_enc_json\": \"-----BEGIN PGP MESSAGE-----\"}";
    private readonly Devices _devices = new();
    private readonly FakeProvider _provider = new();
    private readonly SecretBytes _secret = SecretBytes.Random(512);

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
        _secret.Dispose();
    }

    [Fact]
    public async Task Sync_ArrivedMail_WaitsInItsOwnTableAndIsRemovedAtTheProvider()
    {
        var store = await AddAsync();
        _provider.Plant("mail-1", _provider.Uid + ":1", Mail);

        await SyncAsync(store);
        Assert.Null(store.Read(r => r.Get("mail-1")));
        Assert.Equal(Mail, Assert.Single(new LeapIncomingBox(store).List()).Json);

        await new LeapIncomingBox(store).RemoveAsync("mail-1");
        await SyncAsync(store);
        Assert.Empty(new LeapIncomingBox(store).List());
        Assert.Null(_provider.Documents["mail-1"].Version.Json);
        Assert.True(_provider.Documents["mail-1"].Version.Revision.IsNewerThan(Revision.Parse(_provider.Uid + ":1")));
    }

    [Fact]
    public async Task Sync_ArrivedMailOverADocument_IsPutAside()
    {
        var store = await AddAsync();
        var key = await store.WriteAsync(tx => tx.Create("key", "{}"));
        await SyncAsync(store);
        _provider.Plant("key", key.Rev + "|zz:1", Mail);

        var report = await SyncAsync(store);

        Assert.Equal(1, report.Quarantined);
        Assert.Equal(key, store.Read(r => r.Get("key")));
    }

    [Fact]
    public async Task Sync_ClearMailByAnotherReplica_IsPutAside()
    {
        var store = await AddAsync();
        _provider.Plant("mail-1", "other:1", Mail);
        Assert.Equal(1, (await SyncAsync(store)).Quarantined);
        Assert.Empty(new LeapIncomingBox(store).List());
    }

    [Fact]
    public async Task Sync_ArrivedMailIsDeletedElsewhere_LeavesTheTable()
    {
        var store = await AddAsync();
        _provider.Plant("mail-1", _provider.Uid + ":1", Mail);
        await SyncAsync(store);
        _provider.Plant("mail-1", _provider.Uid + ":1|other:1", null);

        await SyncAsync(store);

        Assert.Empty(new LeapIncomingBox(store).List());
    }

    [Fact]
    public async Task Sync_TwoLeapDevices_Converge()
    {
        var (a, b) = (await AddAsync(), await AddAsync());
        var document = await a.WriteAsync(tx => tx.Create("D-1", "{\"name\": \"ü\"}"));
        await SyncAsync(a);
        await SyncAsync(b);
        Assert.Equal("{\"name\": \"\\u00fc\"}", b.Read(r => r.Get("D-1"))!.Json);
        await a.WriteAsync(tx => tx.Delete("D-1", document.Rev));
        await SyncAsync(a);
        await SyncAsync(b);
        Assert.True(b.Read(r => r.Get("D-1"))!.IsDeleted);
    }

    private async Task<SoledadStore> AddAsync()
    {
        var store = _devices.Add();
        await LeapIncomingBox.SetUpAsync(store);
        return store;
    }

    private async Task<SyncReport> SyncAsync(SoledadStore store)
    {
        using var client = _provider.Client(store, new LeapCodec(_secret, TimeProvider.System));
        return await client.SyncAsync();
    }
}
