using Bitmask.Provider.Store;
using Bitmask.Provider.Tests.World;
using Bitmask.Soledad;

namespace Bitmask.Provider.Tests.SoledadServer;

/// <summary>
/// Our client and our provider over half-years: old deletions go into graves and from the provider, and a device that was away for longer than it is waited for brings nothing
/// back and loses nothing (security.md A7).
/// </summary>
public sealed class GraveTests : IAsyncLifetime
{
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(ProviderStore.ForgottenDays + 1);
    private static readonly SyncOptions Options = new() { HasDocumentsQuery = true, HasCompaction = true };

    private readonly Keyset _keyset = Keyset.Create(new string('0', 64), DateTimeOffset.UnixEpoch);
    private readonly List<Device> _devices = [];
    private TestProvider _provider = null!;
    private Person _alice = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await TestProvider.StartAsync();
        _alice = await Person.SealedAsync(_provider);
    }

    public async ValueTask DisposeAsync()
    {
        _devices.ForEach(static device => device.Dispose());
        _alice.Dispose();
        await _provider.DisposeAsync();
        _keyset.Dispose();
    }

    [Fact]
    public async Task Rejoin_AfterTwiceTheHorizon_BringsNothingBackAndLosesNothing()
    {
        var (laptop, tablet) = (NewDevice(), NewDevice());
        foreach (var id in (string[])["gone-1", "gone-2", "edited", "kept", "moved"])
        {
            await laptop.CreateAsync(id, $$"""{"type":"note","text":"{{id}}"}""");
        }

        await SyncAllAsync();

        // The tablet goes away with changes that nobody else has.
        await tablet.CreateAsync("only-here", "{\"type\":\"note\",\"text\":\"from the tablet\"}");
        await tablet.EditAsync("edited", "{\"type\":\"note\",\"text\":\"from the tablet\"}");
        foreach (var id in (string[])["gone-1", "gone-2", "edited"])
        {
            await laptop.DeleteAsync(id);
        }

        await laptop.EditAsync("moved", "{\"type\":\"note\",\"text\":\"later\"}");
        await laptop.SyncAsync(Options);
        Assert.Equal(new CompactionReport(0, 0, IsDone: true), await laptop.CompactAsync()); // the tablet has not seen it
        await PassAsync(Horizon);
        await laptop.SyncAsync(Options);
        await laptop.SyncAsync(Options);
        Assert.Equal(new CompactionReport(3, 3, IsDone: true), await laptop.CompactAsync());
        await PassAsync(Horizon);

        var name = tablet.Store.ReplicaUid;
        var report = await tablet.SyncAsync(Options);

        Assert.True(report.IsComplete);
        Assert.Equal([SoledadCodes.DeviceRejoined], report.Events.Select(static told => told.Name));
        Assert.NotEqual(name, tablet.Store.ReplicaUid);
        await SyncAllAsync();
        foreach (var device in _devices.Append(NewDevice()))
        {
            await device.SyncAsync(Options);
            Assert.Null(device["gone-1"]);
            Assert.Null(device["gone-2"]);
            Assert.True(device.Store.Read(reader => reader.Get("gone-1"))!.IsDeleted);
            Assert.Equal("{\"type\":\"note\",\"text\":\"from the tablet\"}", device["only-here"]);
            Assert.Equal("{\"type\":\"note\",\"text\":\"from the tablet\"}", device["edited"]); // an edit that nobody can judge is worth more than a deletion
            Assert.Equal("{\"type\":\"note\",\"text\":\"kept\"}", device["kept"]);
            Assert.Equal("{\"type\":\"note\",\"text\":\"later\"}", device["moved"]);
            Assert.Empty(StoreCheck.Compare(device.Store));
        }
    }

    [Fact]
    public async Task Rejoin_SendsOnlyWhatTheProviderLacks()
    {
        var (laptop, tablet) = (NewDevice(), NewDevice());
        for (var i = 0; i < 50; i++)
        {
            await laptop.CreateAsync($"n-{i}", $$"""{"type":"note","n":{{i}}}""");
        }

        await SyncAllAsync();
        await tablet.CreateAsync("only-here", "{\"type\":\"note\"}");
        await laptop.DeleteAsync("n-0");
        await laptop.SyncAsync(Options);
        await PassAsync(Horizon);
        await laptop.SyncAsync(Options);
        await laptop.SyncAsync(Options);
        Assert.Equal(1, (await laptop.CompactAsync()).Removed);

        Assert.Equal(2, (await tablet.SyncAsync(Options)).Sent); // with the device's head
        Assert.Equal(50, tablet.Store.Read(reader => reader.CountByType("note")));
    }

    [Fact]
    public async Task FormerName_OfARejoinedDevice_HoldsNothingUp()
    {
        var (laptop, tablet) = (NewDevice(), NewDevice());
        await laptop.CreateAsync("a", "{\"type\":\"note\"}");
        await SyncAllAsync();
        await laptop.DeleteAsync("a");
        await laptop.SyncAsync(Options);
        await PassAsync(Horizon);
        await laptop.SyncAsync(Options);
        await laptop.SyncAsync(Options);
        await laptop.CompactAsync();
        await tablet.SyncAsync(Options);
        Assert.Equal(SoledadCodes.DeviceRejoined, (await RejoinAsync(tablet)).Events[^1].Name);

        await laptop.CreateAsync("b", "{\"type\":\"note\"}");
        await SyncAllAsync();
        await laptop.DeleteAsync("b");
        await SyncAllAsync();
        await laptop.CreateAsync("c", "{\"type\":\"note\"}"); // what a device has, it says when it asks for more
        await SyncAllAsync();

        Assert.Equal(new CompactionReport(1, 1, IsDone: true), await laptop.CompactAsync()); // without half a year in between
    }

    [Fact]
    public async Task Deletions_FewerThanWorthIt_StayAsTheyAre()
    {
        var laptop = NewDevice();
        await laptop.CreateAsync("a", "{\"type\":\"note\"}");
        await laptop.CreateAsync("b", "{\"type\":\"note\"}");
        await laptop.DeleteAsync("a");
        await SyncAllAsync();
        await SyncAllAsync();

        Assert.Equal(new CompactionReport(0, 0, IsDone: true), await laptop.CompactAsync(minDeletions: 2));
        Assert.Equal(0, laptop.Store.Read(reader => reader.CountByType("grave")));
        Assert.Equal(new CompactionReport(1, 1, IsDone: true), await laptop.CompactAsync());
        Assert.Equal(new CompactionReport(0, 0, IsDone: true), await laptop.CompactAsync());
    }

    [Fact]
    public async Task Deletions_ByTheThousand_GoIntoGravesOfBoundedSize()
    {
        var laptop = NewDevice();
        const int Count = 1203;
        await laptop.Store.WriteAsync(tx =>
        {
            for (var i = 0; i < Count; i++)
            {
                tx.Delete($"n-{i}", tx.Create($"n-{i}", "{\"type\":\"note\"}").Rev);
            }
        });
        await SyncAllAsync();
        await SyncAllAsync();

        Assert.Equal(new CompactionReport(Count, Count, IsDone: true), await laptop.CompactAsync());

        var graves = laptop.Store.Read(reader => reader.GetByType("grave").ToList());
        Assert.Equal(3, graves.Count);
        Assert.All(graves, static grave => Assert.InRange(grave.Json!.Length, 1, 64 * 1024));
        Assert.Equal(0, laptop.Store.Read(reader => reader.Count(includeDeleted: true) - reader.Count()));
        var phone = NewDevice();
        await phone.SyncAsync(Options);
        Assert.True(phone.Store.Read(reader => reader.Get("n-7"))!.IsDeleted);
        Assert.Empty(StoreCheck.Compare(phone.Store));
        Assert.Equal(new CompactionReport(0, Count, IsDone: true), await phone.CompactAsync()); // it can not know that they are gone already
        Assert.Equal(new CompactionReport(0, 0, IsDone: true), await phone.CompactAsync());
    }

    private Device NewDevice()
    {
        var device = new Device(_alice, id => new SealedCodec(_keyset, _alice.Id, id), _provider.Clock);
        device.Store.KeepDigest(_keyset.DigestKey);
        _devices.Add(device);
        return device;
    }

    /// <summary>Gives a device another name, as a provider that went back does.</summary>
    private async Task<SyncReport> RejoinAsync(Device device)
    {
        await device.Store.WriteAsync(static tx => tx.Sql.Execute("UPDATE sync_log SET transaction_id = 'T-other'"));
        await device.Store.WriteAsync(static tx => tx.Sql.Execute("UPDATE rejoin SET began = began - 100000"));
        return await device.SyncAsync(Options);
    }

    private async Task SyncAllAsync()
    {
        foreach (var device in _devices.Concat(_devices).ToList())
        {
            Assert.True((await device.SyncAsync(Options)).IsComplete);
        }
    }

    /// <summary>Time goes on, and the person logs in again.</summary>
    private async Task PassAsync(TimeSpan time)
    {
        _provider.Advance(time);
        _alice.Token = await _provider.Store.CreateTokenAsync(_alice.Id, default);
    }
}
