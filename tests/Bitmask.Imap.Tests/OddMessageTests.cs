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

        Assert.Equal(octets, await SectionAsync(""));
        Assert.Equal(octets, (await SectionAsync("HEADER")).Concat(await SectionAsync("TEXT")).ToArray());
        Assert.Equal((uint)octets.Length, summary.Size);
        Assert.NotNull(summary.Envelope);
        foreach (var part in summary.BodyParts!.Take(20))
        {
            // The part of a message without parts is number 1 (RFC 3501 §6.4.5); MailKit leaves its specifier empty.
            Assert.Equal((int)part.Octets, (await SectionAsync(part.PartSpecifier.Length > 0 ? part.PartSpecifier : "1")).Length);
        }

        Assert.Equal([summary.UniqueId], await client.Inbox.SearchAsync(MailKit.Search.SearchQuery.All.And(MailKit.Search.SearchQuery.Not(MailKit.Search.SearchQuery.MessageContains("no such words")))));

        async Task<byte[]> SectionAsync(string section)
        {
            using var copy = new MemoryStream();
            using var stream = await client.Inbox.GetStreamAsync(summary.UniqueId, section);
            await stream.CopyToAsync(copy);
            return copy.ToArray();
        }
    }
}
