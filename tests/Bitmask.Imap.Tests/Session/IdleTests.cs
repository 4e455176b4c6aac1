namespace Bitmask.Imap.Tests.Session;

/// <summary>IDLE (RFC 2177): news come by themselves.</summary>
public class IdleTests
{
    [Fact]
    public async Task Idle_NewMail_IsPushed()
    {
        using var alice = await Alice.WithMailAsync(1);
        var client = await IdlingAsync(alice);

        await alice.Account.AppendAsync(alice.Account.Find("INBOX")!.Id, SampleMails.All[1].Text, []);

        Assert.Equal("* 2 EXISTS", await client.ReadAsync());
        Assert.Equal("* 1 RECENT", await client.ReadAsync());
        await client.WriteAsync("DONE\r\n");
        Assert.Equal("i OK IDLE completed", await client.ReadAsync());
    }

    [Fact]
    public async Task Idle_FlagsAndExpungeOfAnother_ArePushed()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (client, other) = (await IdlingAsync(alice), await ImapClient.LoggedInAsync(alice));

        await other.SendAsync("STORE 2 +FLAGS.SILENT (\\Deleted)");
        Assert.Equal("* 2 FETCH (FLAGS (\\Deleted))", await client.ReadAsync());

        await other.SendAsync("EXPUNGE");
        Assert.Equal("* 2 EXPUNGE", await client.ReadAsync());
    }

    [Fact]
    public async Task Idle_ChangeInAnotherMailbox_IsSilent()
    {
        using var alice = await Alice.WithMailAsync(1);
        var client = await IdlingAsync(alice);

        await alice.Account.AppendAsync(alice.Account.Find("Sent")!.Id, SampleMails.All[1].Text, []);
        await client.WriteAsync("DONE\r\n");

        Assert.Equal("i OK IDLE completed", await client.ReadAsync());
    }

    [Fact]
    public async Task Idle_WithoutMailbox_WaitsForDone()
    {
        using var alice = await Alice.WithMailAsync(0);
        var client = await ImapClient.LoggedInAsync(alice, null);

        await client.WriteAsync("i IDLE\r\n");
        Assert.Equal("+ idling", await client.ReadAsync());
        await client.WriteAsync("done\r\n");

        Assert.Equal("i OK IDLE completed", await client.ReadAsync());
    }

    [Fact]
    public async Task Idle_ClientHangsUp_EndsTheSession()
    {
        using var alice = await Alice.WithMailAsync(0);
        var client = await IdlingAsync(alice);

        await client.CloseAsync();

        Assert.Null(await client.ReadAsync());
    }

    [Fact]
    public async Task Idle_MailboxDeleted_EndsTheSession()
    {
        using var alice = await Alice.WithMailAsync(0);
        await alice.Account.CreateMailboxAsync("Work");
        var client = await IdlingAsync(alice, "Work");

        await alice.Account.DeleteMailboxAsync("Work");

        Assert.StartsWith("* BYE", await client.ReadAsync(), StringComparison.Ordinal);
        await client.Session;
    }

    private static async Task<ImapClient> IdlingAsync(Alice alice, string mailbox = "INBOX")
    {
        var client = await ImapClient.LoggedInAsync(alice, mailbox);
        await client.WriteAsync("i IDLE\r\n");
        Assert.Equal("+ idling", await client.ReadAsync());
        return client;
    }
}
