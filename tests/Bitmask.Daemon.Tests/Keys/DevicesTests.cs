using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>Document keys and devices: what one device changes, the others take over; a removed one is out (security.md A2, B2).</summary>
public sealed class DevicesTests(Town town) : AccountTest(town)
{
    private Device _other = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _other = await Device.StartAsync(Town.Settings);
        await _other.GoOnlineAsync(Address);
        await Device.UntilAsync(async () => (await First.Client.DevicesAsync(Address)).Count == 2, "the other device in the list");
    }

    public override async ValueTask DisposeAsync()
    {
        await _other.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task List_ShowsAllDevices_AndNamesReachTheOthers()
    {
        var own = Assert.Single(await First.Client.DevicesAsync(Address), device => device.IsOwn);
        await First.Client.NameDeviceAsync(Address, own.Id, "attic");

        await Device.UntilAsync(async () => (await _other.Client.DevicesAsync(Address)).Any(device => device is { Name: "attic", IsOwn: false }), "the name");
        Assert.Equal("unknown-device", await Owner.CodeAsync(_other.Client.NameDeviceAsync(Address, "cellar", "x")));
    }

    [Fact]
    public async Task Epoch_Rotated_TheOtherDeviceTakesItOverByItself()
    {
        Assert.Equal(2, (await First.Client.RotateEpochAsync(Address)).Epoch);
        await Device.UntilAsync(async () => KeyEpochOf(_other) == 2 && (await _other.StatusAsync(Address)).Sync == "idle", "the new epoch");
        await Town.DeliverAsync(Address, "one");
        await First.InboxAsync(Address, 1);
        await _other.InboxAsync(Address, 1);
    }

    [Fact]
    public async Task Remove_TheProviderRefusesItAtOnce_TheRestGoesOnWithNewKeys()
    {
        var code = Owner.CodeOf(await First.KitAsync(Address));
        var lost = (await First.Client.DevicesAsync(Address)).Single(device => !device.IsOwn);
        await using var third = await Device.StartAsync(Town.Settings);
        await third.GoOnlineAsync(Address);
        var before = await Owner.KeysAsync(_other, Address, Device.Passphrase);
        await _other.GoOnlineAsync(Address);

        Assert.Equal("wrong-passphrase", await Owner.CodeAsync(RemoveAsync(lost.Id, "wrong")));
        Assert.Equal("own-device", await Owner.CodeAsync(RemoveAsync((await First.Client.DevicesAsync(Address)).Single(device => device.IsOwn).Id)));
        await RemoveAsync(lost.Id);

        await _other.EventAsync(Address, "device-removed");
        await _other.LogoutAsync(Address);
        Assert.False((await _other.AuthAsync(Address)).Online);
        await _other.EventAsync(Address, "device-removed");
        var held = await Owner.KeysAsync(_other, Address, Device.Passphrase);
        Assert.Equal(before.Epoch, held.Epoch);
        Assert.Equal(before.Root, held.Root);
        Assert.Equal("bad-credentials", await Owner.CodeAsync(First.TestKitAsync(Address, code)));
        Assert.DoesNotContain(await First.Client.DevicesAsync(Address), device => device.Id == lost.Id);

        // The third one needs the passphrase once, because the new keys are under another root.
        await third.EventAsync(Address, "passphrase-needed");
        await third.AuthAsync(Address);
        await Town.DeliverAsync(Address, "one");
        await third.InboxAsync(Address, 1);
        var (mine, theirs) = (await Owner.KeysAsync(First, Address, Device.Passphrase), await Owner.KeysAsync(third, Address, Device.Passphrase));
        Assert.Equal((mine.Serial, 2U), (theirs.Serial, theirs.Epoch));
        Assert.Equal(mine.Root, theirs.Root);
        Assert.NotEqual(held.Root, theirs.Root);
        Assert.True(await Owner.OpensAsync(Town, Address, Device.Passphrase));
    }

    [Theory]
    [InlineData("device revoked")]
    [InlineData("record renewed")]
    [InlineData("root renewed")]
    public async Task Remove_KilledBetweenSteps_IsRepeated(string step)
    {
        var lost = (await First.Client.DevicesAsync(Address)).Single(device => !device.IsOwn);
        First.Accounts.Find(Owner.Parse(Address))!.Changes.Reached = reached => _ = reached == step ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(RemoveAsync(lost.Id)));
        await First.RestartAsync();
        await First.GoOnlineAsync(Address);
        Assert.Contains(await First.Client.DevicesAsync(Address), device => device.Id == lost.Id);

        await RemoveAsync(lost.Id);

        Assert.Single(await First.Client.DevicesAsync(Address));
        await Town.DeliverAsync(Address, "one");
        await First.InboxAsync(Address, 1);
        Assert.True(await Owner.OpensAsync(Town, Address, Device.Passphrase));
    }

    [Fact]
    public async Task NewKeys_WithAPassphraseThatMayBeKnown_GiveAnotherRoot()
    {
        var before = await Owner.KeysAsync(_other, Address, Device.Passphrase);
        await First.ChangeAsync(Address, newKeys: true);

        var after = await Owner.KeysAsync(First, Address, Owner.New);
        Assert.NotEqual(before.Root, after.Root);
        Assert.Equal(before.Epoch + 1, after.Epoch);
    }

    private Task<DeviceRemoved> RemoveAsync(string device, string passphrase = Device.Passphrase)
        => First.Client.RemoveDeviceAsync(Address, device, new AccountSecrets { Passphrase = passphrase });

    private uint KeyEpochOf(Device device) => device.Accounts.Find(Owner.Parse(Address))!.NewestEpoch;
}
