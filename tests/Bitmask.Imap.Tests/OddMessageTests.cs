using Bitmask.Testing;
using MailKit;

namespace Bitmask.Imap.Tests;

/// <summary>Messages that readers stumble over: what went in comes out, and every part can be asked for.</summary>
public class OddMessageTests
{
    public static IEnumerable<object[]> Names => OddMessages.Names.Select(static name => new object[] { name });

    [Theory]
    [MemberData(nameof(Names))]
    public async Task OddMessage_Fetched_IsParsedAndIdentical(string name)
    {
        var octets = OddMessages.Get(name);
        using var alice = await Alice.WithMailAsync(0);
        await alice.Account.AppendAsync(alice.Account.Find("INBOX")!.Id, octets, []);
        using var client = await MailKitTests.ConnectAsync(alice);
        await client.Inbox!.OpenAsync(FolderAccess.ReadOnly);

        var summary = Assert.Single(await client.Inbox.FetchAsync(0, -1, MessageSummaryItems.Full | MessageSummaryItems.BodyStructure | MessageSummaryItems.UniqueId | MessageSummaryItems.Headers));
        using var whole = (MemoryStream)await client.Inbox.GetStreamAsync(summary.UniqueId, "");
        using var text = (MemoryStream)await client.Inbox.GetStreamAsync(summary.UniqueId, "TEXT");
        using var header = (MemoryStream)await client.Inbox.GetStreamAsync(summary.UniqueId, "HEADER");

        Assert.Equal(octets, whole.ToArray());
        Assert.Equal(octets, [.. header.ToArray(), .. text.ToArray()]);
        Assert.Equal((uint)octets.Length, summary.Size);
        Assert.NotNull(summary.Envelope);
        foreach (var part in summary.BodyParts!.Take(20))
        {
            using var body = (MemoryStream)await client.Inbox.GetStreamAsync(summary.UniqueId, part.PartSpecifier);
            Assert.Equal(part.Octets, body.Length);
        }

        Assert.Equal([summary.UniqueId], await client.Inbox.SearchAsync(MailKit.Search.SearchQuery.All.And(MailKit.Search.SearchQuery.Not(MailKit.Search.SearchQuery.MessageContains("no such words")))));
    }
}
