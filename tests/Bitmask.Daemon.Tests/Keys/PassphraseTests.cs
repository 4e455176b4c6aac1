using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Keys;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>Another passphrase (security.md B8): at no moment does neither of the two open the account.</summary>
public sealed class PassphraseTests(Town town) : AccountTest(town)
{
    [Fact]
    public async Task Change_TheNewOneOpensEverything_TheOldOneNothing()
    {
        await Town.DeliverAsync(Address, "one");
        await First.InboxAsync(Address, 1);
        await First.ChangeAsync(Address);

        var record = KeyRecord.Parse(Town.Store.FindKeyRecord(Town.UserOf(Address).Id)!.Body);
        Assert.Equal((KeySlot.Passphrase, 4L), (Assert.Single(record.Slots).Type, record.Serial));
        await First.LogoutAsync(Address);
        Assert.Equal("wrong-passphrase", await First.RefusalAsync(Address));
        await First.AuthAsync(Address, Owner.New);
        Assert.Empty(await First.EventsAsync(Address));
        Assert.False(await Owner.OpensAsync(Town, Address, Device.Passphrase));
        Assert.True(await Owner.OpensAsync(Town, Address, Owner.New));
    }

    [Theory]
    [InlineData("wrong", Owner.New, "wrong-passphrase")]
    [InlineData(Device.Passphrase, "", "no-passphrase")]
    public async Task Change_Refused_ChangesNothing(string current, string next, string code)
    {
        var before = Town.Store.FindKeyRecord(Town.UserOf(Address).Id)!.Rev;
        Assert.Equal(code, await Owner.CodeAsync(First.ChangeAsync(Address, current, next)));
        Assert.Equal(before, Town.Store.FindKeyRecord(Town.UserOf(Address).Id)!.Rev);
        await First.LogoutAsync(Address);
        await First.AuthAsync(Address);
    }

    [Theory]
    [InlineData("device has both", false)]
    [InlineData("record has both", false)]
    [InlineData("verifier changed", true)]
    [InlineData("record has the new", true)]
    [InlineData("device has the new", true)]
    public async Task Change_KilledBetweenSteps_OnePassphraseOpensAll_AndTheNextUnlockingEndsIt(string step, bool isNew)
    {
        First.Accounts.Find(Owner.Parse(Address))!.Changes.Reached = reached =>
        {
            if (reached == step)
            {
                throw new KilledException();
            }
        };
        Assert.Equal("internal", await Owner.CodeAsync(First.ChangeAsync(Address)));
        await First.RestartAsync();

        var valid = isNew ? Owner.New : Device.Passphrase;
        Assert.True(await Owner.OpensAsync(Town, Address, valid));
        Assert.False(await Owner.OpensAsync(Town, Address, isNew ? Device.Passphrase : Owner.New));
        await First.GoOnlineAsync(Address, valid);

        // Settled: one slot each, and the other passphrase is worth nothing any more.
        Assert.Single(KeyRecord.Parse(Town.Store.FindKeyRecord(Town.UserOf(Address).Id)!.Body).Slots);
        await First.LogoutAsync(Address);
        Assert.Equal("wrong-passphrase", await First.RefusalAsync(Address, isNew ? Device.Passphrase : Owner.New));
        await First.GoOnlineAsync(Address, valid);
        Assert.Empty(await First.EventsAsync(Address));
        await First.ChangeAsync(Address, valid, "a third one");
    }

    [Fact]
    public async Task Change_KilledAfterTheVerifier_TheOldOneStillUnlocksHere_AndTheOwnerIsTold()
    {
        First.Accounts.Find(Owner.Parse(Address))!.Changes.Reached = reached => _ = reached == "verifier changed" ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(First.ChangeAsync(Address)));
        await First.RestartAsync();

        await First.GoOnlineAsync(Address);
        await First.EventAsync(Address, "passphrase-changed");
        await First.AuthAsync(Address, Owner.New);
        Assert.Single(KeyRecord.Parse(Town.Store.FindKeyRecord(Town.UserOf(Address).Id)!.Body).Slots);
        await First.LogoutAsync(Address);
        await First.AuthAsync(Address, Owner.New);
    }

    [Fact]
    public async Task OtherDevice_GoesOnWithTheOldOne_AndTakesTheNewOneOnce()
    {
        await using var other = await Device.StartAsync(Town.Settings);
        await other.GoOnlineAsync(Address);
        await First.ChangeAsync(Address);

        await other.LogoutAsync(Address);
        Assert.Equal("wrong-passphrase", await other.RefusalAsync(Address, Owner.New));
        await other.GoOnlineAsync(Address);
        Assert.Equal("passphrase-changed", await Owner.CodeAsync(other.KitAsync(Address)));

        await other.AuthAsync(Address, Owner.New);
        await other.LogoutAsync(Address);
        Assert.Equal("wrong-passphrase", await other.RefusalAsync(Address));
        await other.GoOnlineAsync(Address, Owner.New);
        Assert.Empty(await other.EventsAsync(Address));
    }

    [Fact]
    public async Task Provider_ThatWeakensTheDerivation_GetsNoChange()
    {
        var before = Town.Store.FindKeyRecord(Town.UserOf(Address).Id)!.Rev;
        Town.Proxy.Rewrite("GET", "/1/sessions/params", (_, answer) => answer.With(answer.Text.Replace("\"a1\"", "\"a0\"", StringComparison.Ordinal)));
        Town.Proxy.Forget();

        Assert.Equal("weak-kdf", await Owner.CodeAsync(First.ChangeAsync(Address)));

        Leaks.AssertNothingUploaded(Town.Proxy.Requests);
        Assert.Equal(before, Town.Store.FindKeyRecord(Town.UserOf(Address).Id)!.Rev);
    }

    [Fact]
    public async Task Provider_ThatLosesTheChange_IsTold()
    {
        var (user, old) = (Town.UserOf(Address).Id, Town.Store.FindKeyRecord(Town.UserOf(Address).Id)!.Body);
        await First.ChangeAsync(Address);
        await Town.ReplaceRecordAsync(Address, old);

        await First.LogoutAsync(Address);
        await First.AuthAsync(Address, Owner.New);
        await First.EventAsync(Address, "key-record-rollback");
        Assert.Equal(user, Town.UserOf(Address).Id);
    }
}
