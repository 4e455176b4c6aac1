using Bitmask.Primitives;
using MailKit;
using MailKit.Search;
using MailKit.Security;
using MimeKit;

namespace Bitmask.Imap.Tests;

/// <summary>MailKit as a client, over the pipes of a session: what it can not parse, others can not either.</summary>
public class MailKitTests
{
    [Fact]
    public async Task Summaries_OfAllSamples_AreParsed()
    {
        using var alice = await Alice.WithMailAsync(3);
        using var client = await ConnectAsync(alice);
        await client.Inbox.OpenAsync(FolderAccess.ReadOnly);

        var all = await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.All | MessageSummaryItems.BodyStructure | MessageSummaryItems.UniqueId | MessageSummaryItems.Headers);

        Assert.Equal(["Lunch", "Grüße folded", "Fwd: Inner"], all.Select(static m => m.Envelope!.Subject));
        Assert.Equal(["bob@blue.test", "bob@blue.test", "bob@blue.test"], all.Select(static m => m.Envelope!.From.Mailboxes.Single().Address));
        Assert.Equal("a b.pdf", all[1].Attachments.Single().FileName);
        var inner = Assert.IsType<BodyPartMessage>(Assert.IsType<BodyPartMultipart>(all[2].Body).BodyParts[1]);
        Assert.Equal("Inner", inner.Envelope!.Subject);
        Assert.Equal("<3@blue.test>", "<" + all[2].Envelope!.MessageId + ">");
    }

    [Fact]
    public async Task Message_AppendedAndRead_IsTheSame()
    {
        using var alice = await Alice.WithMailAsync(0);
        using var client = await ConnectAsync(alice);
        var message = await MimeMessage.LoadAsync(new MemoryStream(SampleMails.All[1].Text));

        var uid = await client.Inbox.AppendAsync(new AppendRequest(message, MessageFlags.Seen));
        await client.Inbox.OpenAsync(FolderAccess.ReadWrite);
        using var stream = await client.Inbox.GetStreamAsync(uid!.Value, "");

        Assert.Equal(SampleMails.All[1].Text, ((MemoryStream)stream).ToArray());
    }

    [Fact]
    public async Task FlagsSearchMoveAndExpunge_WorkTogether()
    {
        using var alice = await Alice.WithMailAsync(3);
        using var client = await ConnectAsync(alice);
        var (inbox, archive) = (client.Inbox, client.GetFolder(SpecialFolder.Archive)!);
        await inbox.OpenAsync(FolderAccess.ReadWrite);

        var found = await inbox.SearchAsync(SearchQuery.NotSeen.And(SearchQuery.BodyContains("grüß")));
        var moved = await inbox.MoveToAsync(found, archive);
        await inbox.AddFlagsAsync(0, MessageFlags.Deleted, silent: true);
        await inbox.ExpungeAsync();

        Assert.Equal(2u, Assert.Single(found).Id);
        Assert.Equal(1u, moved!.Destination.Single().Id);
        Assert.Equal(1, inbox.Count);
        await archive.StatusAsync(StatusItems.Count | StatusItems.Unread | StatusItems.Size);
        Assert.Equal((1, 1, (ulong)SampleMails.All[1].Text.Length), (archive.Count, archive.Unread, archive.Size));
    }

    [Fact]
    public async Task Folders_AreFoundByUse()
    {
        using var alice = await Alice.WithMailAsync(0);
        using var client = await ConnectAsync(alice);

        Assert.Equal(["Drafts", "Junk", "Sent", "Trash"], new[] { SpecialFolder.Drafts, SpecialFolder.Junk, SpecialFolder.Sent, SpecialFolder.Trash }.Select(s => client.GetFolder(s)!.FullName));
        var created = await client.GetFolder(client.PersonalNamespaces[0]).CreateAsync("Entwürfe & mehr", true);
        Assert.Equal("Entwürfe & mehr", Assert.Single(alice.Account.Mailboxes(), static m => m.Name.StartsWith("Ent", StringComparison.Ordinal)).Name);
        await created!.RenameAsync(client.GetFolder("Archive"), "alt");
        Assert.NotNull(alice.Account.Find("Archive/alt"));
    }

    internal static async Task<MailKit.Net.Imap.ImapClient> ConnectAsync(Alice alice)
    {
        var (pipe, _) = alice.Connect();
        var client = new MailKit.Net.Imap.ImapClient();
        await client.ConnectAsync(new DuplexPipeStream(pipe), "localhost", 143, SecureSocketOptions.None);
        await client.AuthenticateAsync(Alice.Address, Alice.Token);
        return client;
    }
}
