using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>Document keys and devices: what one device changes, the others take over; a removed one is out (security.md A2, B2).</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class DevicesTests(Town town) : IAsyncLifetime
{
    private Device _device = null!;
    private Device _other = null!;
    private string _address = null!;

    public async ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _device = await Device.StartAsync(town.Settings);
        _address = town.NewAddress();
        await _device.CreateAsync(_address);
        _other = await Device.StartAsync(town.Settings);
        await _other.GoOnlineAsync(_address);
        await Device.UntilAsync(async () => (await _device.Client.DevicesAsync(_address)).Count == 2, "the other device in the list");
    }

    public async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await _device.DisposeAsync();
    }

    [Fact]
    public async Task List_ShowsAllDevices_AndNamesReachTheOthers()
    {
        var own = Assert.Single(await _device.Client.DevicesAsync(_address), device => device.IsOwn);
        await _device.Client.NameDeviceAsync(_address, own.Id, "attic");

        await Device.UntilAsync(async () => (await _other.Client.DevicesAsync(_address)).Any(device => device is { Name: "attic", IsOwn: false }), "the name");
        Assert.Equal("unknown-device", await Owner.CodeAsync(_other.Client.NameDeviceAsync(_address, "cellar", "x")));
    }

    [Fact]
    public async Task Epoch_Rotated_TheOtherDeviceTakesItOverByItself()
    {
        Assert.Equal(2, (await _device.Client.RotateEpochAsync(_address)).Epoch);
        await Device.UntilAsync(async () => KeyEpochOf(_other) == 2 && (await _other.StatusAsync(_address)).Sync == "idle", "the new epoch");
        await town.DeliverAsync(_address, "one");
        await _device.InboxAsync(_address, 1);
        await _other.InboxAsync(_address, 1);
    }

    [Fact]
    public async Task Remove_TheProviderRefusesItAtOnce_TheRestGoesOnWithNewKeys()
    {
        var code = Owner.CodeOf(await _device.KitAsync(_address));
        var lost = (await _device.Client.DevicesAsync(_address)).Single(device => !device.IsOwn);
        await using var third = await Device.StartAsync(town.Settings);
        await third.GoOnlineAsync(_address);
        var before = await Owner.KeysAsync(_other, _address, Device.Passphrase);
        await _other.GoOnlineAsync(_address);

        Assert.Equal("wrong-passphrase", await Owner.CodeAsync(RemoveAsync(lost.Id, "wrong")));
        Assert.Equal("own-device", await Owner.CodeAsync(RemoveAsync((await _device.Client.DevicesAsync(_address)).Single(device => device.IsOwn).Id)));
        await RemoveAsync(lost.Id);

        await _other.EventAsync(_address, "device-removed");
        await _other.LogoutAsync(_address);
        Assert.False((await _other.AuthAsync(_address)).Online);
        await _other.EventAsync(_address, "device-removed");
        var held = await Owner.KeysAsync(_other, _address, Device.Passphrase);
        Assert.Equal(before.Epoch, held.Epoch);
        Assert.Equal(before.Root, held.Root);
        Assert.Equal("bad-credentials", await Owner.CodeAsync(_device.TestKitAsync(_address, code)));
        Assert.DoesNotContain(await _device.Client.DevicesAsync(_address), device => device.Id == lost.Id);

        // The third one needs the passphrase once, because the new keys are under another root.
        await third.EventAsync(_address, "passphrase-needed");
        await third.AuthAsync(_address);
        await town.DeliverAsync(_address, "one");
        await third.InboxAsync(_address, 1);
        var (mine, theirs) = (await Owner.KeysAsync(_device, _address, Device.Passphrase), await Owner.KeysAsync(third, _address, Device.Passphrase));
        Assert.Equal((mine.Serial, 2U), (theirs.Serial, theirs.Epoch));
        Assert.Equal(mine.Root, theirs.Root);
        Assert.NotEqual(held.Root, theirs.Root);
        Assert.True(await Owner.OpensAsync(town, _address, Device.Passphrase));
    }

    [Theory]
    [InlineData("device revoked")]
    [InlineData("record renewed")]
    [InlineData("root renewed")]
    public async Task Remove_KilledBetweenSteps_IsRepeated(string step)
    {
        var lost = (await _device.Client.DevicesAsync(_address)).Single(device => !device.IsOwn);
        _device.Accounts.Find(Owner.Parse(_address))!.Changes.Reached = reached => _ = reached == step ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(RemoveAsync(lost.Id)));
        await _device.RestartAsync();
        await _device.GoOnlineAsync(_address);
        Assert.Contains(await _device.Client.DevicesAsync(_address), device => device.Id == lost.Id);

        await RemoveAsync(lost.Id);

        Assert.Single(await _device.Client.DevicesAsync(_address));
        await town.DeliverAsync(_address, "one");
        await _device.InboxAsync(_address, 1);
        Assert.True(await Owner.OpensAsync(town, _address, Device.Passphrase));
    }

    [Fact]
    public async Task NewKeys_WithAPassphraseThatMayBeKnown_GiveAnotherRoot()
    {
        var before = await Owner.KeysAsync(_other, _address, Device.Passphrase);
        await _device.ChangeAsync(_address, newKeys: true);

        var after = await Owner.KeysAsync(_device, _address, Owner.New);
        Assert.NotEqual(before.Root, after.Root);
        Assert.Equal(before.Epoch + 1, after.Epoch);
    }

    private Task<DeviceRemoved> RemoveAsync(string device, string passphrase = Device.Passphrase)
        => _device.Client.RemoveDeviceAsync(_address, device, new AccountSecrets { Passphrase = passphrase });

    private uint KeyEpochOf(Device device) => device.Accounts.Find(Owner.Parse(_address))!.NewestEpoch;
}
