using Bitmask.Soledad.Tests.Sync;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Soledad.Tests.Heads;

/// <summary>What devices say of themselves, and what they make of a provider that tells them different stories (security.md B1, B5).</summary>
public sealed class DeviceHeadTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Devices _devices;
    private readonly FakeProvider _provider = new();
    private readonly SoledadStore _alice;
    private readonly SoledadStore _phone;

    public DeviceHeadTests()
    {
        _devices = new Devices { Clock = _clock };
        (_alice, _phone) = (_devices.Add(), _devices.Add());
        _alice.KeepDigest(_devices.Keyset.DigestKey);
        _phone.KeepDigest(_devices.Keyset.DigestKey);
    }

    public void Dispose()
    {
        _devices.Dispose();
        _provider.Dispose();
    }

    [Fact]
    public async Task Head_IsWrittenAfterOwnChanges_OnceAndNotForHeads()
    {
        await PutAsync(_alice, "n");
        Assert.Equal(2, (await SyncAsync(_alice)).Sent);

        Assert.Equal(1, Head(_alice, _alice)!.Seen[_alice.DeviceId.ToString()]);
        await SyncAsync(_phone);
        Assert.Null(Head(_phone, _phone)); // it has written nothing
        for (var turn = 0; turn < 3; turn++)
        {
            _clock.Advance(TimeSpan.FromDays(1));
            foreach (var store in new[] { _alice, _phone })
            {
                var report = await SyncAsync(store);
                Assert.Equal((0, 0), (report.Sent, report.Received));
            }
        }
    }

    [Fact]
    public async Task Head_OfManyChanges_IsOneInTenMinutes()
    {
        for (var i = 0; i < 5; i++)
        {
            await PutAsync(_alice, "n" + i);
            Assert.Equal(i == 0 ? 2 : 1, (await SyncAsync(_alice)).Sent);
            _clock.Advance(TimeSpan.FromMinutes(2));
        }

        Assert.Equal(1, (await SyncAsync(_alice)).Sent);
        Assert.Equal(6, Head(_alice, _alice)!.Seen[_alice.DeviceId.ToString()]); // without its own number, with that of the latest change
    }

    [Fact]
    public async Task Report_SaysWhenTheHeadHasToFollow()
    {
        await PutAsync(_alice, "n");
        Assert.Null((await SyncAsync(_alice)).NextHead);
        _clock.Advance(TimeSpan.FromMinutes(2));
        await PutAsync(_alice, "m");

        Assert.Equal(TimeSpan.FromMinutes(8), (await SyncAsync(_alice)).NextHead);

        _clock.Advance(TimeSpan.FromMinutes(8));
        Assert.Null((await SyncAsync(_alice)).NextHead);
        Assert.Equal(3, Head(_alice, _alice)!.Seen[_alice.DeviceId.ToString()]);
    }

    [Fact]
    public async Task Documents_KeptBackFromOneDevice_AreNoticedAfterADayAndToldOnce()
    {
        var hidden = _devices.Codec(_alice).WireId("hidden");
        _provider.Withholds = (replica, id) => replica == _phone.ReplicaUid && id == hidden;
        await PutAsync(_alice, "one");
        await PutAsync(_alice, "hidden");
        await PutAsync(_alice, "three");
        await SyncAsync(_alice);

        Assert.Empty((await SyncAsync(_phone)).Events); // it may be on its way
        _clock.Advance(TimeSpan.FromHours(23));
        Assert.Empty((await SyncAsync(_phone)).Events);
        _clock.Advance(TimeSpan.FromHours(2));
        var before = All(_phone);
        var identity = _phone.ReplicaUid;
        var told = await SyncAsync(_phone);

        Assert.Equal(SoledadCodes.ProviderInconsistent, Assert.Single(told.Events).Name);
        Assert.Equal((before, identity), (All(_phone), _phone.ReplicaUid));
        _clock.Advance(TimeSpan.FromDays(2));
        Assert.Empty((await SyncAsync(_phone)).Events);
    }

    [Fact]
    public async Task Documents_ThatComeAfterAll_EndTheDoubt()
    {
        var hidden = _devices.Codec(_alice).WireId("hidden");
        _provider.Withholds = (replica, id) => replica == _phone.ReplicaUid && id == hidden;
        await PutAsync(_alice, "hidden");
        await PutAsync(_alice, "three");
        await SyncAsync(_alice);
        await SyncAsync(_phone);

        _provider.Withholds = static (_, _) => false;
        _clock.Advance(TimeSpan.FromHours(1));
        await PutAsync(_alice, "hidden");
        await SyncAsync(_alice);
        for (var day = 0; day < 3; day++)
        {
            Assert.Empty((await SyncAsync(_phone)).Events);
            _clock.Advance(TimeSpan.FromDays(1));
        }
    }

    [Fact]
    public async Task Snapshot_OldForOneOfTwoDevices_IsNoticedWhenTheStoriesMeet()
    {
        await PutAsync(_alice, "one");
        await SyncAsync(_alice);
        await SyncAsync(_phone);

        // From now on the phone sees nothing new; by itself it can not know.
        _provider.Withholds = (replica, _) => replica == _phone.ReplicaUid;
        _clock.Advance(TimeSpan.FromHours(1));
        await PutAsync(_alice, "two");
        await SyncAsync(_alice);
        Assert.Empty((await SyncAsync(_phone)).Events);

        _provider.Withholds = static (_, _) => false;
        _clock.Advance(TimeSpan.FromHours(1));
        await PutAsync(_alice, "three");
        await SyncAsync(_alice);
        await SyncAsync(_phone);
        _clock.Advance(TimeSpan.FromHours(25));

        Assert.Equal(SoledadCodes.ProviderInconsistent, Assert.Single((await SyncAsync(_phone)).Events).Name);
        Assert.NotNull(_phone.Read(r => r.Get("one")));
    }

    [Fact]
    public async Task OwnHead_AheadOfThisDevice_IsACopyAndJoinsAgain()
    {
        await PutAsync(_alice, "one");
        await SyncAsync(_alice);
        var (device, head) = (_alice.DeviceId, _alice.Read(r => r.Get(DeviceHead.DocumentIdOf(_alice.DeviceId)))!);
        var ahead = Head(_alice, _alice)!;
        ahead.Seen[device.ToString()] = 99;
        var twin = _devices.Codec(_alice).Encode(new Document(head.Id, head.Rev + "|twin:1", ahead.ToJson()), 100);
        _provider.Plant(twin.WireId, twin.Rev, twin.Content);

        var report = await SyncAsync(_alice);

        Assert.Equal([SoledadCodes.ProviderInconsistent, SoledadCodes.DeviceRejoined], report.Events.Select(static told => told.Name));
        Assert.NotEqual(device, _alice.DeviceId);
        Assert.Empty((await SyncAsync(_alice)).Events);
    }

    [Fact]
    public async Task Head_OfAnotherForm_IsPassedOver()
    {
        await PutAsync(_alice, "one");
        await _alice.WriteAsync(tx => tx.Create("device-head-0123456789abcdef", "{\"type\":\"device-head\",\"v\":1,\"seen\":null,\"digest\":7}"));
        await _alice.WriteAsync(tx => tx.Create("device-head-zzz", "{\"type\":\"device-head\",\"v\":1}"));
        Assert.True((await SyncAsync(_alice)).IsComplete);
        Assert.Empty((await SyncAsync(_phone)).Events);
    }

    [Fact]
    public async Task Store_WithoutADigest_WritesNoHead()
    {
        var leap = _devices.Add();
        await PutAsync(leap, "n");
        Assert.Equal(1, (await SyncAsync(leap)).Sent);
        Assert.Null(Head(leap, leap));
    }

    private static DeviceHead? Head(SoledadStore at, SoledadStore of)
        => at.Read(reader => reader.Get(DeviceHead.DocumentIdOf(of.DeviceId))) is { } document ? DeviceHead.Read(document) : null;

    private static string All(SoledadStore store)
        => string.Join('\n', store.Read(static reader => reader.GetAll(null, 100, includeDeleted: true)).Select(static document => $"{document} {document.Json}"));

    private static async Task PutAsync(SoledadStore store, string id) => await store.WriteAsync(tx => tx.Put(id, tx.Get(id)?.Rev, $"{{\"v\":\"{Guid.NewGuid()}\"}}"));

    private async Task<SyncReport> SyncAsync(SoledadStore store)
    {
        using var client = _provider.Client(store, _devices.Codec(store));
        return await client.SyncAsync();
    }
}
