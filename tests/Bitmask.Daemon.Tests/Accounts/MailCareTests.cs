using Bitmask.Daemon.Tests.World;

namespace Bitmask.Daemon.Tests.Accounts;

/// <summary>What a new account's mail looks like, and how its tables are looked after.</summary>
public sealed class MailCareTests(Town town) : AccountTest(town)
{
    [Fact]
    public async Task NewAccount_HasItsMailboxes_AndItsMailIsCheckedAndReindexed()
    {
        using var imap = await Lines.ConnectAsync(First.Settings.ImapPort);
        await imap.SendAsync($"a LOGIN {Address} {(await First.Client.MailTokenAsync(Address, null)).Token}");
        await imap.ReadUntilAsync("a OK");
        foreach (var (name, use) in new[] { ("Archive", "\\Archive"), ("Drafts", "\\Drafts"), ("Junk", "\\Junk"), ("Sent", "\\Sent"), ("Trash", "\\Trash") })
        {
            await imap.SendAsync($"b LIST \"\" {name}");
            Assert.Contains(use, await imap.ReadUntilAsync("* LIST"), StringComparison.Ordinal);
            await imap.ReadUntilAsync("b OK");
        }

        await imap.SendAsync("c APPEND INBOX {29+}\r\nSubject: x\r\n\r\nwords to find\r\n");
        await imap.ReadUntilAsync("c OK");
        Assert.Empty((await First.Client.CheckMailAsync(Address)).Differences);
        Assert.Empty((await First.Client.ReindexMailAsync(Address)).Differences);
        await Device.UntilAsync(async () => (await First.Client.CheckMailAsync(Address)).Waiting == 0, "indexed");
        await imap.SendAsync("d SELECT INBOX");
        await imap.ReadUntilAsync("d OK");
        await imap.SendAsync("e SEARCH TEXT \"words to\"");
        Assert.Equal("* SEARCH 1", await imap.ReadUntilAsync("* SEARCH"));
    }
}
