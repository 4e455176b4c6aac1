using Bitmask.Daemon.Tests.World;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>What a new account's mail looks like, and how its tables are looked after.</summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class MailCareTests(Town town) : IAsyncLifetime
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
    public async Task NewAccount_HasItsMailboxes_AndItsMailIsCheckedAndReindexed()
    {
        using var imap = await Lines.ConnectAsync(_device.Settings.ImapPort);
        await imap.SendAsync($"a LOGIN {_address} {(await _device.Client.MailTokenAsync(_address, null)).Token}");
        await imap.ReadUntilAsync("a OK");
        foreach (var (name, use) in new[] { ("Archive", "\\Archive"), ("Drafts", "\\Drafts"), ("Junk", "\\Junk"), ("Sent", "\\Sent"), ("Trash", "\\Trash") })
        {
            await imap.SendAsync($"b LIST \"\" {name}");
            Assert.Contains(use, await imap.ReadUntilAsync("* LIST"), StringComparison.Ordinal);
            await imap.ReadUntilAsync("b OK");
        }

        await imap.SendAsync("c APPEND INBOX {29+}\r\nSubject: x\r\n\r\nwords to find\r\n");
        await imap.ReadUntilAsync("c OK");
        Assert.Empty((await _device.Client.CheckMailAsync(_address)).Differences);
        Assert.Empty((await _device.Client.ReindexMailAsync(_address)).Differences);
        await Device.UntilAsync(async () => (await _device.Client.CheckMailAsync(_address)).Waiting == 0, "indexed");
        await imap.SendAsync("d SELECT INBOX");
        await imap.ReadUntilAsync("d OK");
        await imap.SendAsync("e SEARCH TEXT \"words to\"");
        Assert.Equal("* SEARCH 1", await imap.ReadUntilAsync("* SEARCH"));
    }
}
