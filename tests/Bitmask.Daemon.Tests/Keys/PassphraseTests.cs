using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Keys;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>Another passphrase (security.md B8): at no moment does neither of the two open the account.</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class PassphraseTests(Town town) : IAsyncLifetime
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
    public async Task Change_TheNewOneOpensEverything_TheOldOneNothing()
    {
        await town.DeliverAsync(_address, "one");
        await _device.InboxAsync(_address, 1);
        await _device.ChangeAsync(_address);

        var record = KeyRecord.Parse(town.Store.FindKeyRecord(town.UserOf(_address).Id)!.Body);
        Assert.Equal((KeySlot.Passphrase, 4L), (Assert.Single(record.Slots).Type, record.Serial));
        await _device.LogoutAsync(_address);
        Assert.Equal("wrong-passphrase", await _device.RefusalAsync(_address));
        await _device.AuthAsync(_address, Owner.New);
        Assert.Empty(await _device.EventsAsync(_address));
        Assert.False(await Owner.OpensAsync(town, _address, Device.Passphrase));
        Assert.True(await Owner.OpensAsync(town, _address, Owner.New));
    }

    [Theory]
    [InlineData("wrong", Owner.New, "wrong-passphrase")]
    [InlineData(Device.Passphrase, "", "no-passphrase")]
    public async Task Change_Refused_ChangesNothing(string current, string next, string code)
    {
        var before = town.Store.FindKeyRecord(town.UserOf(_address).Id)!.Rev;
        Assert.Equal(code, await Owner.CodeAsync(_device.ChangeAsync(_address, current, next)));
        Assert.Equal(before, town.Store.FindKeyRecord(town.UserOf(_address).Id)!.Rev);
        await _device.LogoutAsync(_address);
        await _device.AuthAsync(_address);
    }

    [Theory]
    [InlineData("device has both", false)]
    [InlineData("record has both", false)]
    [InlineData("verifier changed", true)]
    [InlineData("record has the new", true)]
    [InlineData("device has the new", true)]
    public async Task Change_KilledBetweenSteps_OnePassphraseOpensAll_AndTheNextUnlockingEndsIt(string step, bool isNew)
    {
        _device.Accounts.Find(Owner.Parse(_address))!.Changes.Reached = reached =>
        {
            if (reached == step)
            {
                throw new KilledException();
            }
        };
        Assert.Equal("internal", await Owner.CodeAsync(_device.ChangeAsync(_address)));
        await _device.RestartAsync();

        var valid = isNew ? Owner.New : Device.Passphrase;
        Assert.True(await Owner.OpensAsync(town, _address, valid));
        Assert.False(await Owner.OpensAsync(town, _address, isNew ? Device.Passphrase : Owner.New));
        await _device.GoOnlineAsync(_address, valid);

        // Settled: one slot each, and the other passphrase is worth nothing any more.
        Assert.Single(KeyRecord.Parse(town.Store.FindKeyRecord(town.UserOf(_address).Id)!.Body).Slots);
        await _device.LogoutAsync(_address);
        Assert.Equal("wrong-passphrase", await _device.RefusalAsync(_address, isNew ? Device.Passphrase : Owner.New));
        await _device.GoOnlineAsync(_address, valid);
        Assert.Empty(await _device.EventsAsync(_address));
        await _device.ChangeAsync(_address, valid, "a third one");
    }

    [Fact]
    public async Task Change_KilledAfterTheVerifier_TheOldOneStillUnlocksHere_AndTheOwnerIsTold()
    {
        _device.Accounts.Find(Owner.Parse(_address))!.Changes.Reached = reached => _ = reached == "verifier changed" ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(_device.ChangeAsync(_address)));
        await _device.RestartAsync();

        await _device.GoOnlineAsync(_address);
        await _device.EventAsync(_address, "passphrase-changed");
        await _device.AuthAsync(_address, Owner.New);
        Assert.Single(KeyRecord.Parse(town.Store.FindKeyRecord(town.UserOf(_address).Id)!.Body).Slots);
        await _device.LogoutAsync(_address);
        await _device.AuthAsync(_address, Owner.New);
    }

    [Fact]
    public async Task OtherDevice_GoesOnWithTheOldOne_AndTakesTheNewOneOnce()
    {
        await using var other = await Device.StartAsync(town.Settings);
        await other.GoOnlineAsync(_address);
        await _device.ChangeAsync(_address);

        await other.LogoutAsync(_address);
        Assert.Equal("wrong-passphrase", await other.RefusalAsync(_address, Owner.New));
        await other.GoOnlineAsync(_address);
        Assert.Equal("passphrase-changed", await Owner.CodeAsync(other.KitAsync(_address)));

        await other.AuthAsync(_address, Owner.New);
        await other.LogoutAsync(_address);
        Assert.Equal("wrong-passphrase", await other.RefusalAsync(_address));
        await other.GoOnlineAsync(_address, Owner.New);
        Assert.Empty(await other.EventsAsync(_address));
    }

    [Fact]
    public async Task Provider_ThatWeakensTheDerivation_GetsNoChange()
    {
        var before = town.Store.FindKeyRecord(town.UserOf(_address).Id)!.Rev;
        town.Proxy.Rewrite("GET", "/1/sessions/params", (_, answer) => answer.With(answer.Text.Replace("\"a1\"", "\"a0\"", StringComparison.Ordinal)));
        town.Proxy.Forget();

        Assert.Equal("weak-kdf", await Owner.CodeAsync(_device.ChangeAsync(_address)));

        Leaks.AssertNothingUploaded(town.Proxy.Requests);
        Assert.Equal(before, town.Store.FindKeyRecord(town.UserOf(_address).Id)!.Rev);
    }

    [Fact]
    public async Task Provider_ThatLosesTheChange_IsTold()
    {
        var (user, old) = (town.UserOf(_address).Id, town.Store.FindKeyRecord(town.UserOf(_address).Id)!.Body);
        await _device.ChangeAsync(_address);
        await town.ReplaceRecordAsync(_address, old);

        await _device.LogoutAsync(_address);
        await _device.AuthAsync(_address, Owner.New);
        await _device.EventAsync(_address, "key-record-rollback");
        Assert.Equal(user, town.UserOf(_address).Id);
    }
}
