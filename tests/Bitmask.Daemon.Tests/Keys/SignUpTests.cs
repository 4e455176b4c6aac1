using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Keys;

/// <summary>Making an account, ended by a kill at any step, goes on with the same command; the name is never lost.</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class SignUpTests(Town town) : IAsyncLifetime
{
    private Device _device = null!;

    public async ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _device = await Device.StartAsync(town.Settings);
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    [Theory]
    [InlineData("intent written", false)]
    [InlineData("signed up", false)]
    [InlineData("signed up", true)]
    [InlineData("made", true)]
    public async Task Create_KilledBetweenSteps_GoesOn(string step, bool byAuth)
    {
        var address = town.NewAddress();
        _device.Daemon!.Users.Reached = reached => _ = reached == step ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(_device.CreateAsync(address)));
        await _device.RestartAsync();

        Assert.NotNull((byAuth ? await _device.AuthAsync(address) : await _device.CreateAsync(address)).Fingerprint);
        await WorksAsync(address);
    }

    [Fact]
    public async Task Create_AnswerLost_GoesOn()
    {
        var address = town.NewAddress();
        town.Proxy.Rewrite("POST", "/1/users", (_, _) => ProxiedAnswer.Json(503, "{}"));
        Assert.Equal("unavailable", await Owner.CodeAsync(_device.CreateAsync(address)));
        Assert.NotNull(town.Store.FindUserByLogin(address.Split('@')[0]));
        town.Proxy.Reset();

        await _device.CreateAsync(address);
        await WorksAsync(address);
    }

    [Fact]
    public async Task Create_GoesOnWithAnotherPassphrase_IsRefused_ThenStillFinished()
    {
        var address = town.NewAddress();
        _device.Daemon!.Users.Reached = reached => _ = reached == "signed up" ? throw new KilledException() : 0;
        Assert.Equal("internal", await Owner.CodeAsync(_device.CreateAsync(address)));
        await _device.RestartAsync();

        Assert.Equal("account-exists", await Owner.CodeAsync(_device.Client.CreateUserAsync(new Credentials { Address = address, Passphrase = "forgotten" })));
        await _device.CreateAsync(address);
        await WorksAsync(address);
    }

    [Fact]
    public async Task Create_OfATakenName_LeavesNothingBehind_AndNoKeysAreMadeForIt()
    {
        var address = town.NewAddress();
        await using (var owner = await Device.StartAsync(town.Settings))
        {
            await owner.CreateAsync(address);
        }

        Assert.Equal("account-exists", await Owner.CodeAsync(_device.CreateAsync(address)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_device.Paths.Accounts));

        // The same passphrase, and a provider that hides the record: keys-missing, as ever (security.md A3).
        town.Proxy.Answer("GET", $"/user-{town.UserOf(address).Id.Value}/keyrecord", ProxiedAnswer.Json(404, """{"error":"document does not exist"}"""));
        Assert.Equal("keys-missing", await _device.RefusalAsync(address));
        Assert.Equal("account-exists", await Owner.CodeAsync(_device.CreateAsync(address)));
        Assert.Equal("keys-missing", await _device.RefusalAsync(address));
    }

    private async Task WorksAsync(string address)
    {
        Assert.Empty(Directory.EnumerateFiles(_device.Paths.Accounts));
        await town.DeliverAsync(address, "one");
        await _device.InboxAsync(address, 1);
        Assert.True(await Owner.OpensAsync(town, address, Device.Passphrase));
    }
}
