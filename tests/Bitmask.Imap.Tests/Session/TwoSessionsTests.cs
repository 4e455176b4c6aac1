namespace Bitmask.Imap.Tests.Session;

/// <summary>Two clients in one mailbox: who is told what, and when (RFC 3501 §5.2, §7.4.1).</summary>
public class TwoSessionsTests
{
    [Fact]
    public async Task Flags_SetByOne_AreToldToTheOther()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));

        await one.SendAsync("STORE 2 +FLAGS.SILENT (\\Answered)");

        Assert.Equal(["* 2 FETCH (FLAGS (\\Answered))", "OK NOOP completed"], await two.SendAsync("NOOP"));
        Assert.Equal(["OK NOOP completed"], await two.SendAsync("NOOP"));
        Assert.Equal(["OK NOOP completed"], await one.SendAsync("NOOP"));
    }

    [Theory]
    [InlineData("FETCH 3 UID", "* 3 FETCH (UID 3)")]
    [InlineData("STORE 3 +FLAGS (\\Draft)", "* 3 FETCH (FLAGS (\\Flagged \\Draft))")]
    [InlineData("SEARCH FLAGGED", "* SEARCH 3")]
    public async Task Expunge_InCommandsByNumber_IsHeldBack(string command, string answer)
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await one.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        await one.SendAsync("EXPUNGE");

        var lines = await two.SendAsync(command);

        Assert.Equal(answer, lines[0]);
        Assert.DoesNotContain(lines, static l => l.Contains("EXPUNGE", StringComparison.Ordinal));
        Assert.Equal(["* 1 EXPUNGE", "OK NOOP completed"], await two.SendAsync("NOOP"));
        Assert.Equal("* 2 FETCH (UID 3)", (await two.SendAsync("FETCH 2 UID"))[0]);
    }

    [Fact]
    public async Task Expunge_InUidCommand_IsTold()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await one.SendAsync("UID STORE 1,3 +FLAGS.SILENT (\\Deleted)");
        await one.SendAsync("EXPUNGE");

        Assert.Equal(["* 2 FETCH (UID 2)", "* 1 EXPUNGE", "* 2 EXPUNGE", "OK FETCH completed"], await two.SendAsync("UID FETCH 2 UID"));
    }

    [Fact]
    public async Task Fetch_OfMessageThatAnotherExpunged_AnswersExpungeIssued()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await one.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        await one.SendAsync("EXPUNGE");

        var lines = await two.SendAsync("FETCH 1:2 (UID BODY.PEEK[TEXT]<0.1>)");

        Assert.StartsWith("* 2 FETCH", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("OK [EXPUNGEISSUED]", lines[^1], StringComparison.Ordinal);
        Assert.StartsWith("NO [EXPUNGEISSUED]", Assert.Single(await two.SendAsync("FETCH 1 BODY.PEEK[TEXT]")), StringComparison.Ordinal);
        Assert.StartsWith("OK [EXPUNGEISSUED]", (await two.SendAsync("STORE 1:2 +FLAGS (\\Seen)"))[^1], StringComparison.Ordinal);
        Assert.StartsWith("NO [EXPUNGEISSUED]", Assert.Single(await two.SendAsync("STORE 1 +FLAGS (\\Seen)")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewMail_FromAnother_IsToldBeforeTheAnswer()
    {
        using var alice = await Alice.WithMailAsync(1);
        var (one, two) = (await ImapClient.LoggedInAsync(alice, null), await ImapClient.LoggedInAsync(alice));

        await one.SendAsync("APPEND INBOX {4+}\r\na:b\n");

        Assert.Equal(["* 2 EXISTS", "* 1 RECENT", "OK NOOP completed"], await two.SendAsync("NOOP"));
    }

    [Fact]
    public async Task NewMail_IsRecentForOneOfThem()
    {
        using var alice = await Alice.WithMailAsync(1);
        var (one, two) = (await ImapClient.LoggedInAsync(alice, null), await ImapClient.LoggedInAsync(alice));
        await one.SendAsync("APPEND INBOX {4+}\r\na:b\n");

        Assert.Equal("* STATUS INBOX (RECENT 1)", (await one.SendAsync("STATUS INBOX (RECENT)"))[0]);
        Assert.Contains("* 1 RECENT", await one.SendAsync("EXAMINE INBOX"));   // only looked at
        Assert.Equal("* 2 FETCH (FLAGS (\\Recent))", (await one.SendAsync("FETCH 2 FLAGS"))[0]);
        Assert.Contains("* 1 RECENT", await two.SendAsync("NOOP"));
        Assert.Contains("* 0 RECENT", await one.SendAsync("SELECT INBOX"));
        Assert.Equal("* STATUS INBOX (RECENT 0)", (await one.SendAsync("STATUS INBOX (RECENT)"))[0]);
        Assert.Equal("* 2 FETCH (FLAGS ())", (await one.SendAsync("FETCH 2 FLAGS"))[0]);
        Assert.Equal("* SEARCH 2", (await two.SendAsync("SEARCH NEW"))[0]);
        Assert.Equal("* SEARCH 1", (await two.SendAsync("SEARCH OLD"))[0]);
        Assert.Equal("* SEARCH", (await one.SendAsync("SEARCH RECENT"))[0]);
    }

    [Fact]
    public async Task RecentMail_Expunged_IsCountedNoMore()
    {
        using var alice = await Alice.WithMailAsync(1);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await one.SendAsync("APPEND INBOX {4+}\r\na:b\n");
        await two.SendAsync("NOOP");
        await two.SendAsync("STORE 2 +FLAGS.SILENT (\\Deleted)");

        await two.SendAsync("EXPUNGE");

        Assert.Equal(["* 2 EXPUNGE", "* 0 RECENT", "OK NOOP completed"], await one.SendAsync("NOOP"));
    }

    [Fact]
    public async Task Everything_AtOnce_KeepsNumbersRight()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await one.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        await one.SendAsync("EXPUNGE");
        await one.SendAsync("APPEND INBOX {4+}\r\na:b\n");
        await one.SendAsync("STORE 2 +FLAGS.SILENT ($Later)");

        Assert.Equal(
            ["* 1 EXPUNGE", "* 3 EXISTS", "* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $Later $Work)", "* 2 FETCH (FLAGS (\\Flagged $Later))", "OK NOOP completed"],
            await two.SendAsync("NOOP"));
    }

    [Fact]
    public async Task SilentStore_WhenAnotherChangedTheMessage_TellsTheRest()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (one, two) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await one.SendAsync("STORE 2 +FLAGS.SILENT (\\Answered)");

        Assert.Equal(["* 2 FETCH (FLAGS (\\Answered \\Flagged))", "OK STORE completed"], await two.SendAsync("STORE 2 +FLAGS.SILENT (\\Flagged)"));
    }

    [Fact]
    public async Task Mailbox_DeletedByAnother_EndsTheSession()
    {
        using var alice = await Alice.WithMailAsync(0);
        var one = await ImapClient.LoggedInAsync(alice, null);
        await one.SendAsync("CREATE Work");
        var two = await ImapClient.LoggedInAsync(alice, "Work");

        await one.SendAsync("DELETE Work");
        await two.WriteAsync("a NOOP\r\n");

        Assert.StartsWith("* BYE", await two.ReadAsync(), StringComparison.Ordinal);
        Assert.Null(await two.ReadAsync());
        await two.Session;
    }

    [Fact]
    public async Task Mailbox_DeletedByItself_IsNoLongerSelected()
    {
        using var alice = await Alice.WithMailAsync(0);
        var one = await ImapClient.LoggedInAsync(alice, null);
        await one.SendAsync("CREATE Work");
        await one.SendAsync("SELECT Work");

        Assert.Equal(["OK DELETE completed"], await one.SendAsync("DELETE Work"));
        Assert.Equal(["BAD No mailbox selected"], await one.SendAsync("CHECK"));
    }
}
