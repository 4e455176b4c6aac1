using MailKit;
using MailKit.Net.Imap;
using MailKit.Search;
using MimeKit;

namespace Bitmask.Imap.Tests;

/// <summary>MailKit with the extensions it knows: what a mail program makes of our answers.</summary>
public class MailKitExtensionTests
{
    [Fact]
    public async Task QuickResync_TellsWhatVanishedAndWhatChanged()
    {
        using var alice = await Alice.WithMailAsync(3);
        using var client = await MailKitTests.ConnectAsync(alice);
        var inbox = client.Inbox!;
        await client.EnableQuickResyncAsync();
        await inbox.OpenAsync(FolderAccess.ReadWrite);
        var (validity, highest) = (inbox.UidValidity, inbox.HighestModSeq);
        await inbox.CloseAsync();

        var id = alice.Account.Find("INBOX")!.Id;
        await alice.Account.ChangeFlagsAsync(id, [new Mail.Uid(1)], Mail.FlagChange.Add, ["\\Deleted"]);
        await alice.Account.ExpungeAsync(id);
        await alice.Account.ChangeFlagsAsync(id, [new Mail.Uid(3)], Mail.FlagChange.Add, ["\\Answered"]);

        var (vanished, changed) = (new List<UniqueId>(), new List<(uint?, MessageFlags)>());
        inbox.MessagesVanished += (_, e) => vanished.AddRange(e.UniqueIds);
        inbox.MessageFlagsChanged += (_, e) => changed.Add((e.UniqueId?.Id, e.Flags));
        await inbox.OpenAsync(FolderAccess.ReadWrite, validity, highest, [new UniqueId(1), new UniqueId(2), new UniqueId(3)]);

        Assert.Equal([1u], vanished.Select(static u => u.Id));
        Assert.Equal([(3u, MessageFlags.Answered | MessageFlags.Flagged)], changed);
        Assert.Equal(2, inbox.Count);
    }

    [Fact]
    public async Task SortThreadAndSearchOptions_AreUnderstood()
    {
        using var alice = await Alice.WithMailAsync(3);
        using var client = await MailKitTests.ConnectAsync(alice);
        var inbox = client.Inbox!;
        await inbox.OpenAsync(FolderAccess.ReadOnly);

        Assert.Equal([3u, 2u, 1u], (await inbox.SortAsync(SearchQuery.All, [OrderBy.ReverseDate])).Select(static u => u.Id));
        Assert.Equal([1u, 2u, 3u], (await inbox.ThreadAsync(ThreadingAlgorithm.References, SearchQuery.All)).Select(static t => t.UniqueId!.Value.Id));
        var found = await inbox.SearchAsync(SearchOptions.All | SearchOptions.Count | SearchOptions.Min | SearchOptions.Max, SearchQuery.NotSeen);
        Assert.Equal((2, 2u, 3u, 2), (found.Count, found.Min!.Value.Id, found.Max!.Value.Id, found.UniqueIds.Count));
    }

    [Fact]
    public async Task Capabilities_AreThoseThatMailKitLooksFor()
    {
        using var alice = await Alice.WithMailAsync(1);
        using var client = await MailKitTests.ConnectAsync(alice);
        const ImapCapabilities expected = ImapCapabilities.CondStore | ImapCapabilities.QuickResync | ImapCapabilities.ESearch | ImapCapabilities.SearchResults | ImapCapabilities.Sort
            | ImapCapabilities.Thread | ImapCapabilities.MultiAppend | ImapCapabilities.Move | ImapCapabilities.UidPlus | ImapCapabilities.SpecialUse | ImapCapabilities.ListStatus
            | ImapCapabilities.Replace | ImapCapabilities.ObjectID | ImapCapabilities.Preview | ImapCapabilities.SaveDate | ImapCapabilities.StatusSize | ImapCapabilities.UTF8Accept | ImapCapabilities.Within;

        Assert.Equal(expected, client.Capabilities & expected);
        Assert.Equal(67108864u, client.AppendLimit);
        await client.Inbox!.OpenAsync(FolderAccess.ReadWrite);
        var summary = Assert.Single(await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.EmailId | MessageSummaryItems.ThreadId | MessageSummaryItems.SaveDate | MessageSummaryItems.PreviewText | MessageSummaryItems.ModSeq));
        Assert.Equal(("See you at noon.", alice.Clock.GetUtcNow(), 32), (summary.PreviewText, summary.SaveDate!.Value, summary.EmailId!.Length));

        var message = await MimeMessage.LoadAsync(new MemoryStream(SampleMails.All[2].Text));
        Assert.Equal([2u, 3u], (await client.Inbox.AppendAsync([new AppendRequest(message), new AppendRequest(message)])).Select(static u => u.Id));
        Assert.Equal(4u, (await client.Inbox.ReplaceAsync(new UniqueId(2), new ReplaceRequest(message)))!.Value.Id);
        await client.Inbox.CheckAsync();
        Assert.Equal(3, client.Inbox.Count);
    }
}
