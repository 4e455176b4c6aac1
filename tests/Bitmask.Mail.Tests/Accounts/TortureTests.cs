using Bitmask.Testing;

namespace Bitmask.Mail.Tests;

public class TortureTests
{
    [Fact]
    public async Task OddMessages_FiledIndexedSyncedAndReindexed_AreTheSameOctetsEverywhere()
    {
        using var one = await MailHome.StartAsync();
        using var other = new MailHome();
        var messages = OddMessages.Names.Select(OddMessages.Get).ToList();
        foreach (var some in messages.Chunk(20))
        {
            await one.Account.AppendManyAsync(one.Inbox.Id, [.. some.Select(octets => new MessageToAppend(octets, [], null))]);
        }

        await one.Account.Index.CatchUpAsync(TestContext.Current.CancellationToken);
        await Wire.ConvergeAsync(one, other);
        await other.Account.ReindexAsync(TestContext.Current.CancellationToken);
        await other.Account.Index.CatchUpAsync(TestContext.Current.CancellationToken);
        other.Reopen();
        var entries = one.View().Entries;
        Assert.Equal(messages.Count, entries.Count);
        Assert.Equal(entries.Count, other.View().Entries.Count);
        for (var i = 0; i < entries.Count; i++)
        {
            var (entry, octets) = (entries[i], messages[i]);
            Assert.Equal(octets, one.Account.Content(entry.Id).ToArray());
            Assert.Equal(octets, other.Account.Content(entry.Id).ToArray());
            Assert.Equal(octets.Length, entry.Size);
            Assert.Equal(octets[..one.Account.HeaderBlock(entry.Id).Length], one.Account.HeaderBlock(entry.Id).ToArray());
            Assert.Equal(one.Account.ThreadOf(entry.Id), other.Account.ThreadOf(entry.Id));
            await one.Account.ReadTextAsync(entry.Id, TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("torture-utf8-everywhere", "本文 🙂")]
    [InlineData("torture-utf8-everywhere", "名.TXT")]
    [InlineData("torture-body-utf-16", "grüße 漢字\r\nFROM")]
    [InlineData("torture-body-utf-16be", "漢")]
    [InlineData("torture-charset-unknown", "qaplaé")]
    [InlineData("torture-encoded-word-cut-in-a-character", "Grüße")]
    [InlineData("torture-delivery-status", "final-recipient: rfc822")]
    [InlineData("torture-related-alternative", "a")]
    [InlineData("torture-html-deep", "end")]
    public async Task OddMessage_IsFoundByItsWords(string name, string text)
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync(OddMessages.Get(name));
        var condition = new TextCondition(TextScope.Message, text);
        Assert.Single(home.Account.FindText(condition, home.View().Entries, TestContext.Current.CancellationToken));
        await home.Account.Index.CatchUpAsync(TestContext.Current.CancellationToken);
        Assert.Equal(20, home.Account.FindText(condition, [.. Enumerable.Repeat(home.View().Entries[0], 20)], TestContext.Current.CancellationToken).Count);
    }
}
