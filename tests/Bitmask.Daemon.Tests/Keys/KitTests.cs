using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>The recovery kit (security.md B7): a page that opens the account on a machine that knows nothing.</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class KitTests(Town town) : IAsyncLifetime
{
    private Device _device = null!;
    private string _address = null!;

    public async ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _device = await Device.StartAsync(town.Settings);
        _address = town.NewAddress();
        await _device.CreateAsync(_address);
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    [Fact]
    public async Task Recover_OnAFreshMachine_AllMailIsThere_AndTheNewPassphraseHolds()
    {
        await town.DeliverAsync(_address, "one");
        await _device.InboxAsync(_address, 1);
        var kit = await _device.KitAsync(_address);
        foreach (var part in new[] { _address, Town.Domain, (await _device.StatusAsync(_address)).Uuid[..0], "CA SHA-256:", "OpenPGP key:", "Serial:" })
        {
            Assert.Contains(part, kit.Page, StringComparison.Ordinal);
        }

        await _device.StopAsync(); // the machine is lost
        town.Proxy.Forget();
        await using var fresh = await Device.StartAsync(town.Settings);
        Assert.Equal(kit.Serial, (await fresh.TestKitAsync(_address, Owner.CodeOf(kit).ToLowerInvariant())).Serial);
        Leaks.AssertNothingUploaded(town.Proxy.Requests);

        Assert.True((await fresh.RecoverAsync(_address, Owner.CodeOf(kit))).Online);
        await fresh.InboxAsync(_address, 1);
        Assert.Equal(("present", 0), ((await fresh.StatusAsync(_address)).OwnKey, (await fresh.StatusAsync(_address)).Events.Count));
        await town.DeliverAsync(_address, "two");
        await fresh.InboxAsync(_address, 2);
        Assert.False(await Owner.OpensAsync(town, _address, Device.Passphrase));
        Assert.True(await Owner.OpensAsync(town, _address, Owner.New));
        Assert.Equal("account-here", await Owner.CodeAsync(fresh.RecoverAsync(_address, Owner.CodeOf(kit))));
        await fresh.TestKitAsync(_address, Owner.CodeOf(kit));
    }

    [Fact]
    public async Task Kit_ANewerOne_EndsTheOneBefore()
    {
        var first = Owner.CodeOf(await _device.KitAsync(_address));
        var second = Owner.CodeOf(await _device.KitAsync(_address));

        Assert.Equal("bad-credentials", await Owner.CodeAsync(_device.TestKitAsync(_address, first)));
        await _device.TestKitAsync(_address, second);
        await _device.ChangeAsync(_address);
        await _device.TestKitAsync(_address, second); // another passphrase leaves the kit
    }

    [Fact]
    public async Task Kit_NeedsThePassphraseAgain()
    {
        Assert.Equal("wrong-passphrase", await Owner.CodeAsync(_device.KitAsync(_address, "wrong")));
        await _device.LogoutAsync(_address);
        Assert.Equal("locked", await Owner.CodeAsync(_device.KitAsync(_address)));
    }

    [Fact]
    public async Task Code_WithATypingError_IsRefusedHere_AndNobodyIsAsked()
    {
        var code = Owner.CodeOf(await _device.KitAsync(_address)).ToCharArray();
        code[7] = code[7] == 'A' ? 'B' : 'A';
        town.Proxy.Forget();

        var refused = await Assert.ThrowsAsync<DaemonClientException>(() => _device.TestKitAsync(_address, new string(code)));

        Assert.Equal("bad-code", refused.Error.Code);
        Assert.Contains("Group 2", refused.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(town.Proxy.Requests, request => request.Path.StartsWith("/1/sessions", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("record has the new kit", false)]
    [InlineData("recovery verifier changed", true)]
    public async Task Kit_KilledWhileMade_ThePassphraseStillOpens_AndTheOwnerIsTold(string step, bool isOldVoid)
    {
        var first = Owner.CodeOf(await _device.KitAsync(_address));
        _device.Accounts.Find(Owner.Parse(_address))!.Changes.Reached = reached => _ = reached == step ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(_device.KitAsync(_address)));
        await _device.RestartAsync();

        await _device.GoOnlineAsync(_address);
        await _device.EventAsync(_address, "kit-interrupted");
        if (isOldVoid)
        {
            Assert.Equal("bad-credentials", await Owner.CodeAsync(_device.TestKitAsync(_address, first)));
        }
        else
        {
            await _device.TestKitAsync(_address, first);
        }

        await _device.TestKitAsync(_address, Owner.CodeOf(await _device.KitAsync(_address)));
    }

    [Theory]
    [InlineData("kit logged in")]
    [InlineData("record has the new passphrase")]
    [InlineData("verifier changed")]
    public async Task Recover_KilledBetweenSteps_CanBeRepeated(string step)
    {
        var code = Owner.CodeOf(await _device.KitAsync(_address));
        await using var fresh = await Device.StartAsync(town.Settings);
        fresh.Daemon!.Users.Reached = reached => _ = reached == step ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(fresh.RecoverAsync(_address, code, "lost on the way")));
        Assert.Empty(fresh.Accounts.Directory.List());
        await fresh.RestartAsync();

        Assert.Equal(step == "verifier changed", !await Owner.OpensAsync(town, _address, Device.Passphrase));
        await fresh.RecoverAsync(_address, code);
        Assert.True(await Owner.OpensAsync(town, _address, Owner.New));
    }

    [Fact]
    public async Task RecoveryRecord_OfAnotherAccount_IsRefused()
    {
        var other = town.NewAddress();
        await _device.CreateAsync(other);
        var code = Owner.CodeOf(await _device.KitAsync(_address));
        await _device.KitAsync(other);
        var foreign = System.Text.Encoding.UTF8.GetString(town.Store.FindKeyRecord(town.UserOf(other).Id)!.Body);
        foreach (var record in new[] { foreign, foreign.Replace(town.UserOf(other).Id.Value, town.UserOf(_address).Id.Value, StringComparison.Ordinal) })
        {
            town.Proxy.Answer("GET", $"/user-{town.UserOf(_address).Id.Value}/keyrecord", new ProxiedAnswer(200, System.Text.Encoding.UTF8.GetBytes(record), new Dictionary<string, string> { ["ETag"] = "\"1\"", ["Content-Type"] = "application/json" }));
            await using var fresh = await Device.StartAsync(town.Settings);
            town.Proxy.Forget();
            Assert.Equal("key-record-damaged", await Owner.CodeAsync(fresh.RecoverAsync(_address, code)));
            Assert.Empty(fresh.Accounts.Directory.List());
            Leaks.AssertNothingUploaded(town.Proxy.Requests);
        }
    }
}
