using System.Text;
using Bitmask.Daemon.Tests.World;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>Logout really locks (security.md A6): clients are told goodbye, tokens go, files are let go of.</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class LockTests(Town town) : IAsyncLifetime
{
    private Device _device = null!;
    private string _address = null!;
    private string _token = null!;

    private string TokenFile => Path.Combine(_device.Paths.TokenFiles, _address + ".json");

    public async ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        _device = await Device.StartAsync(town.Settings);
        _address = town.NewAddress();
        await _device.CreateAsync(_address);
        _token = (await _device.Client.MailTokenAsync(_address, null)).Token;
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    [Fact]
    public async Task Logout_MailProgramIsToldGoodbye_AndFindsAClosedDoor()
    {
        using var selected = await ImapAsync();
        await selected.SendAsync("b SELECT INBOX");
        await selected.ReadUntilAsync("b OK");
        using var idle = await ImapAsync();
        await idle.SendAsync("b SELECT INBOX");
        await idle.ReadUntilAsync("b OK");
        await idle.SendAsync("c IDLE");
        await idle.ReadUntilAsync("+");
        using var smtp = await SmtpAsync();
        Assert.StartsWith("235", await AuthPlainAsync(smtp), StringComparison.Ordinal);

        Assert.True((await _device.LogoutAsync(_address)).WasUnlocked);

        await selected.ReadUntilAsync("* BYE");
        await idle.ReadUntilAsync("* BYE");
        Assert.Null(await selected.ReadAsync());
        using var later = await Lines.ConnectAsync(_device.Settings.ImapPort);
        await later.SendAsync($"a LOGIN {_address} {_token}");
        Assert.Contains("[UNAVAILABLE]", await later.ReadUntilAsync("a NO"), StringComparison.Ordinal);
        using var laterSmtp = await SmtpAsync();
        Assert.StartsWith("454", await AuthPlainAsync(laterSmtp), StringComparison.Ordinal);
        await smtp.SendAsync($"MAIL FROM:<{_address}>");
        Assert.StartsWith("4", await smtp.ReadAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logout_TokenFileGoesAndFilesAreLetGoOf()
    {
        Assert.Contains(_token, await File.ReadAllTextAsync(TokenFile), StringComparison.Ordinal);

        await _device.LogoutAsync(_address);

        Assert.False(File.Exists(TokenFile));
        using (Vault.Open(_device, _address))
        {
            // Opened elsewhere; the daemon meets the other's lock with a clear error.
            Assert.Equal("in-use", await _device.RefusalAsync(_address));
            Assert.False((await _device.StatusAsync(_address)).Unlocked);
        }

        await _device.GoOnlineAsync(_address);
        Assert.Equal(_token, (await _device.Client.MailTokenAsync(_address, null)).Token);
        Assert.True(File.Exists(TokenFile));
    }

    [Fact]
    public async Task Logout_Twice_SaysThatItWasLocked()
    {
        await _device.LogoutAsync(_address);

        Assert.False((await _device.LogoutAsync(_address)).WasUnlocked);
        foreach (var call in (Func<Task>[])[() => _device.Client.MailTokenAsync(_address, null), () => _device.Client.MailStatusAsync(_address), () => _device.Client.KeysAsync(_address)])
        {
            Assert.Equal("locked", (await Assert.ThrowsAsync<DaemonClientException>(call)).Error.Code);
        }
    }

    [Fact]
    public async Task Unlock_WrongPassphrase_ChangesNothing()
    {
        var before = await Vault.TruthAsync(_device, _address);

        Assert.Equal("wrong-passphrase", await _device.RefusalAsync(_address, "wrong"));

        Assert.False((await _device.StatusAsync(_address)).Unlocked);
        Assert.Equal(before, await Vault.TruthAsync(_device, _address), TruthComparer.Instance);
    }

    [Fact]
    public async Task UnlockedAccount_IsNotOpenedAgainWithAWrongPassphrase()
    {
        Assert.Equal("wrong-passphrase", await _device.RefusalAsync(_address, "wrong"));
        Assert.True((await _device.StatusAsync(_address)).Unlocked);
        await _device.GoOnlineAsync(_address);
    }

    [Fact]
    public async Task Stop_BySignal_LeavesNoTokenFile()
    {
        await _device.StopAsync();

        Assert.False(File.Exists(TokenFile));
        using (Vault.Open(_device, _address))
        {
            // It opens: the daemon let go of everything.
        }
    }

    [Fact]
    public async Task Start_AfterAKill_RemovesTheTokenFileThatWasLeft()
    {
        var left = await File.ReadAllBytesAsync(TokenFile);
        await _device.StopAsync();
        await File.WriteAllBytesAsync(TokenFile, left);

        await _device.StartAsync();

        Assert.False(File.Exists(TokenFile));
        Assert.False((await _device.StatusAsync(_address)).Unlocked);
    }

    [Fact]
    public async Task TokenFile_CanNotBeWritten_TheAccountIsLockedAndNotHalfOpen()
    {
        await _device.LogoutAsync(_address);
        Directory.Delete(_device.Paths.TokenFiles);
        await File.WriteAllTextAsync(_device.Paths.TokenFiles, "in the way");

        Assert.Equal("files", await _device.RefusalAsync(_address));
        Assert.False((await _device.StatusAsync(_address)).Unlocked);

        File.Delete(_device.Paths.TokenFiles);
        await _device.GoOnlineAsync(_address);
    }

    [Fact]
    public async Task AccountFile_Damaged_HidesNoOtherAccountAndIsHealedByAuth()
    {
        var other = town.NewAddress();
        await _device.CreateAsync(other);
        await _device.LogoutAsync(_address);
        var file = Directory.EnumerateFiles(_device.Paths.Accounts, "account.json", SearchOption.AllDirectories).Single(file => File.ReadAllText(file).Contains(_address, StringComparison.Ordinal));
        await File.WriteAllTextAsync(file, "{");

        Assert.Equal(other, Assert.Single(await _device.Client.UsersAsync()).Address);

        await _device.GoOnlineAsync(_address);
        Assert.Equal(2, (await _device.Client.UsersAsync()).Count);
    }

    private async Task<Lines> ImapAsync()
    {
        var imap = await Lines.ConnectAsync(_device.Settings.ImapPort);
        await imap.SendAsync($"a LOGIN {_address} {_token}");
        await imap.ReadUntilAsync("a OK");
        return imap;
    }

    private async Task<Lines> SmtpAsync()
    {
        var smtp = await Lines.ConnectAsync(_device.Settings.SmtpPort);
        await smtp.ReadUntilAsync("220");
        await smtp.SendAsync("EHLO localhost");
        await smtp.ReadUntilAsync("250 ");
        return smtp;
    }

    private async Task<string?> AuthPlainAsync(Lines smtp)
    {
        await smtp.SendAsync("AUTH PLAIN " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{_address}\0{_token}")));
        return await smtp.ReadAsync();
    }
}
