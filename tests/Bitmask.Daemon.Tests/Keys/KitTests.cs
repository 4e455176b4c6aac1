using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>The recovery kit (security.md B7): a page that opens the account on a machine that knows nothing.</summary>
public sealed class KitTests(Town town) : AccountTest(town)
{
    [Fact]
    public async Task Recover_OnAFreshMachine_AllMailIsThere_AndTheNewPassphraseHolds()
    {
        await Town.DeliverAsync(Address, "one");
        await First.InboxAsync(Address, 1);
        var kit = await First.KitAsync(Address);
        foreach (var part in new[] { Address, Town.Domain, (await First.StatusAsync(Address)).Uuid[..0], "CA SHA-256:", "OpenPGP key:", "Serial:" })
        {
            Assert.Contains(part, kit.Page, StringComparison.Ordinal);
        }

        await First.StopAsync(); // the machine is lost
        Town.Proxy.Forget();
        await using var fresh = await Device.StartAsync(Town.Settings);
        Assert.Equal(kit.Serial, (await fresh.TestKitAsync(Address, Owner.CodeOf(kit).ToLowerInvariant())).Serial);
        Leaks.AssertNothingUploaded(Town.Proxy.Requests);

        Assert.True((await fresh.RecoverAsync(Address, Owner.CodeOf(kit))).Online);
        await fresh.InboxAsync(Address, 1);
        Assert.Equal(("present", 0), ((await fresh.StatusAsync(Address)).OwnKey, (await fresh.StatusAsync(Address)).Events.Count));
        await Town.DeliverAsync(Address, "two");
        await fresh.InboxAsync(Address, 2);
        Assert.False(await Owner.OpensAsync(Town, Address, Device.Passphrase));
        Assert.True(await Owner.OpensAsync(Town, Address, Owner.New));
        Assert.Equal("account-here", await Owner.CodeAsync(fresh.RecoverAsync(Address, Owner.CodeOf(kit))));
        await fresh.TestKitAsync(Address, Owner.CodeOf(kit));
    }

    [Fact]
    public async Task Kit_ANewerOne_EndsTheOneBefore()
    {
        var first = Owner.CodeOf(await First.KitAsync(Address));
        var second = Owner.CodeOf(await First.KitAsync(Address));

        Assert.Equal("bad-credentials", await Owner.CodeAsync(First.TestKitAsync(Address, first)));
        await First.TestKitAsync(Address, second);
        await First.ChangeAsync(Address);
        await First.TestKitAsync(Address, second); // another passphrase leaves the kit
    }

    [Fact]
    public async Task Kit_NeedsThePassphraseAgain()
    {
        Assert.Equal("wrong-passphrase", await Owner.CodeAsync(First.KitAsync(Address, "wrong")));
        await First.LogoutAsync(Address);
        Assert.Equal("locked", await Owner.CodeAsync(First.KitAsync(Address)));
    }

    [Fact]
    public async Task Code_WithATypingError_IsRefusedHere_AndNobodyIsAsked()
    {
        var code = Owner.CodeOf(await First.KitAsync(Address)).ToCharArray();
        code[7] = code[7] == 'A' ? 'B' : 'A';
        Town.Proxy.Forget();

        var refused = await Assert.ThrowsAsync<DaemonClientException>(() => First.TestKitAsync(Address, new string(code)));

        Assert.Equal("bad-code", refused.Error.Code);
        Assert.Contains("Group 2", refused.Error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Town.Proxy.Requests, request => request.Path.StartsWith("/1/sessions", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("record has the new kit", false)]
    [InlineData("recovery verifier changed", true)]
    public async Task Kit_KilledWhileMade_ThePassphraseStillOpens_AndTheOwnerIsTold(string step, bool isOldVoid)
    {
        var first = Owner.CodeOf(await First.KitAsync(Address));
        First.Accounts.Find(Owner.Parse(Address))!.Changes.Reached = reached => _ = reached == step ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(First.KitAsync(Address)));
        await First.RestartAsync();

        await First.GoOnlineAsync(Address);
        await First.EventAsync(Address, "kit-interrupted");
        if (isOldVoid)
        {
            Assert.Equal("bad-credentials", await Owner.CodeAsync(First.TestKitAsync(Address, first)));
        }
        else
        {
            await First.TestKitAsync(Address, first);
        }

        await First.TestKitAsync(Address, Owner.CodeOf(await First.KitAsync(Address)));
    }

    [Theory]
    [InlineData("kit logged in")]
    [InlineData("record has the new passphrase")]
    [InlineData("verifier changed")]
    public async Task Recover_KilledBetweenSteps_CanBeRepeated(string step)
    {
        var code = Owner.CodeOf(await First.KitAsync(Address));
        await using var fresh = await Device.StartAsync(Town.Settings);
        fresh.Daemon!.Users.Reached = reached => _ = reached == step ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(fresh.RecoverAsync(Address, code, "lost on the way")));
        Assert.Empty(fresh.Accounts.Directory.List());
        await fresh.RestartAsync();

        Assert.Equal(step == "verifier changed", !await Owner.OpensAsync(Town, Address, Device.Passphrase));
        await fresh.RecoverAsync(Address, code);
        Assert.True(await Owner.OpensAsync(Town, Address, Owner.New));
    }

    [Fact]
    public async Task RecoveryRecord_OfAnotherAccount_IsRefused()
    {
        var other = Town.NewAddress();
        await First.CreateAsync(other);
        var code = Owner.CodeOf(await First.KitAsync(Address));
        await First.KitAsync(other);
        var foreign = System.Text.Encoding.UTF8.GetString(Town.Store.FindKeyRecord(Town.UserOf(other).Id)!.Body);
        foreach (var record in new[] { foreign, foreign.Replace(Town.UserOf(other).Id.Value, Town.UserOf(Address).Id.Value, StringComparison.Ordinal) })
        {
            Town.Proxy.Answer("GET", $"/user-{Town.UserOf(Address).Id.Value}/keyrecord", new ProxiedAnswer(200, System.Text.Encoding.UTF8.GetBytes(record), new Dictionary<string, string> { ["ETag"] = "\"1\"", ["Content-Type"] = "application/json" }));
            await using var fresh = await Device.StartAsync(Town.Settings);
            Town.Proxy.Forget();
            Assert.Equal("key-record-damaged", await Owner.CodeAsync(fresh.RecoverAsync(Address, code)));
            Assert.Empty(fresh.Accounts.Directory.List());
            Leaks.AssertNothingUploaded(Town.Proxy.Requests);
        }
    }
}
