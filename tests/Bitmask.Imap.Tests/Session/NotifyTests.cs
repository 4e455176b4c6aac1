namespace Bitmask.Imap.Tests.Session;

/// <summary>NOTIFY (RFC 5465): what one client does, another hears of between its commands.</summary>
public class NotifyTests
{
    [Fact]
    public async Task Selected_AtOnce_TellsNewFlagsAndRemovalsBetweenCommands()
    {
        using var alice = await Alice.WithMailAsync(2);
        var (watcher, other) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        Assert.Equal(["OK NOTIFY completed"], await watcher.SendAsync("NOTIFY SET (SELECTED (MessageNew (UID BODY[HEADER.FIELDS (Subject)]) MessageExpunge FlagChange))"));

        await (await ImapClient.LoggedInAsync(alice, null)).SendAsync("APPEND INBOX {14+}\r\nSubject: x\r\n\r\n");
        Assert.Equal("* 3 EXISTS", await watcher.ReadAsync());
        Assert.Equal("* 1 RECENT", await watcher.ReadAsync());
        Assert.Equal("* 3 FETCH (UID 3 BODY[HEADER.FIELDS (Subject)] {14}", await watcher.ReadAsync());
        Assert.Equal(["Subject: x", "", ")"], [await watcher.ReadAsync(), await watcher.ReadAsync(), await watcher.ReadAsync()]);

        await other.SendAsync("STORE 2 +FLAGS (\\Flagged)");
        Assert.StartsWith("* 2 FETCH (UID 2 FLAGS (", await watcher.ReadAsync(), StringComparison.Ordinal);
        await other.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        Assert.StartsWith("* 1 FETCH (UID 1 FLAGS (", await watcher.ReadAsync(), StringComparison.Ordinal);
        await other.SendAsync("EXPUNGE");
        Assert.Equal("* 1 EXPUNGE", await watcher.ReadAsync());
        Assert.Equal(["OK NOOP completed"], await watcher.SendAsync("NOOP"));

        // Reading what NOTIFY tells has made nothing \Seen.
        Assert.DoesNotContain("Seen", (await watcher.SendAsync("FETCH 2 FLAGS"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Selected_OwnMessage_IsNotToldBack()
    {
        using var alice = await Alice.WithMailAsync(1);
        var watcher = await ImapClient.LoggedInAsync(alice);
        await watcher.SendAsync("NOTIFY SET (SELECTED (MessageNew (UID) MessageExpunge))");

        Assert.Equal("* 2 EXISTS", (await watcher.SendAsync("APPEND INBOX {14+}\r\nSubject: x\r\n\r\n"))[0]);
        var lines = (await watcher.SendAsync("COPY 1:2 INBOX")).Concat(await watcher.SendAsync("NOOP"));
        Assert.DoesNotContain(lines, static line => line.Contains("FETCH", StringComparison.Ordinal));
    }

    [Fact]
    public async Task SelectedDelayed_Removal_WaitsForACommandThatAllowsIt()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (watcher, other) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await watcher.SendAsync("NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge))");
        await other.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        await other.SendAsync("EXPUNGE");
        await (await ImapClient.LoggedInAsync(alice, null)).SendAsync("APPEND INBOX {14+}\r\nSubject: x\r\n\r\n");

        // New mail comes at once, under the number it has while the removal is held back.
        Assert.Equal("* 4 EXISTS", await watcher.ReadAsync());
        Assert.Equal("* 1 RECENT", await watcher.ReadAsync());
        Assert.Equal("* 2 FETCH (UID 2)", (await watcher.SendAsync("FETCH 2 UID"))[0]);
        Assert.Equal(["* 1 EXPUNGE", "OK NOOP completed"], await watcher.SendAsync("NOOP"));
    }

    [Fact]
    public async Task Set_BeginsWithWhatWasHeldBack()
    {
        using var alice = await Alice.WithMailAsync(3);
        var (watcher, other) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await watcher.SendAsync("NOTIFY SET (SELECTED-DELAYED (MessageNew MessageExpunge))");
        await other.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        await other.SendAsync("EXPUNGE");
        Assert.Equal(["* 1 EXPUNGE", "OK NOTIFY completed"], await watcher.SendAsync("NOTIFY SET (SELECTED (MessageNew MessageExpunge))"));
    }

    [Fact]
    public async Task None_TellsNothing_ButWhatTheClientRemovesItself()
    {
        using var alice = await Alice.WithMailAsync(2);
        var (watcher, other) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        Assert.Equal(["OK NOTIFY completed"], await watcher.SendAsync("NOTIFY NONE"));
        await (await ImapClient.LoggedInAsync(alice, null)).SendAsync("APPEND INBOX {14+}\r\nSubject: x\r\n\r\n");
        await other.SendAsync("STORE 2 +FLAGS (\\Flagged)");

        Assert.Equal(["OK NOOP completed"], await watcher.SendAsync("NOOP"));
        await watcher.SendAsync("STORE 1 +FLAGS.SILENT (\\Deleted)");
        Assert.Equal(["* 1 EXPUNGE", "OK EXPUNGE completed"], await watcher.SendAsync("EXPUNGE"));

        // What was held back all the time comes when it is asked for again.
        var lines = await watcher.SendAsync("NOTIFY SET (SELECTED (MessageNew MessageExpunge FlagChange))");
        Assert.Contains("* 2 EXISTS", lines);
        Assert.Contains(lines, static line => line.StartsWith("* 1 FETCH (FLAGS (\\Flagged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task OtherMailboxes_AreToldByStatus_AccordingToTheGroups()
    {
        using var alice = await Alice.WithMailAsync(2);
        var (watcher, other) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await other.SendAsync("CREATE Lists");
        await other.SendAsync("CREATE Lists/a");
        await other.SendAsync("CREATE Listserv");
        var lines = await watcher.SendAsync("NOTIFY SET STATUS (SUBTREE Lists (MessageNew MessageExpunge)) (MAILBOXES (Sent Nowhere) (MessageNew MessageExpunge FlagChange)) (SELECTED NONE)");
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("* STATUS \"Lists\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("* STATUS \"Lists/a\" (MESSAGES 0 UIDNEXT 1 UIDVALIDITY ", lines[1], StringComparison.Ordinal);
        Assert.Matches("^\\* STATUS \"Sent\" \\(MESSAGES 0 UIDNEXT 1 UIDVALIDITY [0-9]+ UNSEEN 0 HIGHESTMODSEQ [0-9]+\\)$", lines[2]);

        await other.SendAsync("COPY 1 Listserv");   // not below Lists
        await other.SendAsync("COPY 1 Lists/a");
        Assert.Equal("* STATUS \"Lists/a\" (MESSAGES 1 UIDNEXT 2)", await watcher.ReadAsync());
        await other.SendAsync("COPY 1 Sent");
        Assert.Matches("^\\* STATUS \"Sent\" \\(MESSAGES 1 UIDNEXT 2\\)$", await watcher.ReadAsync());
        await other.SendAsync("SELECT Sent");
        await other.SendAsync("STORE 1 FLAGS (\\Seen)");
        Assert.Matches("^\\* STATUS \"Sent\" \\(UIDVALIDITY [0-9]+ UNSEEN 0\\)$", await watcher.ReadAsync());
        await other.SendAsync("STORE 1 FLAGS.SILENT (\\Deleted)");
        await watcher.ReadAsync();
        await other.SendAsync("EXPUNGE");
        Assert.Equal("* STATUS \"Sent\" (MESSAGES 0 UIDNEXT 2)", await watcher.ReadAsync());

        // In what is selected only SELECTED counts, also when it is named otherwise.
        await watcher.SendAsync("SELECT Sent");
        await other.SendAsync("APPEND Sent {14+}\r\nSubject: x\r\n\r\n");
        Assert.Equal(["OK NOOP completed"], await watcher.SendAsync("NOOP"));
    }

    [Fact]
    public async Task OtherMailboxes_AreToldInIdle_WithModSeqsForThoseWhoKnowThem()
    {
        using var alice = await Alice.WithMailAsync(1);
        var (watcher, other) = (await ImapClient.LoggedInAsync(alice, null), await ImapClient.LoggedInAsync(alice));
        await watcher.SendAsync("ENABLE CONDSTORE");
        await watcher.SendAsync("NOTIFY SET (SUBSCRIBED (MessageNew MessageExpunge))");
        await watcher.WriteAsync("i IDLE\r\n");
        Assert.Equal("+ idling", await watcher.ReadAsync());
        await other.SendAsync("COPY 1 Archive");
        Assert.Matches("^\\* STATUS \"Archive\" \\(MESSAGES 1 UIDNEXT 2 HIGHESTMODSEQ [0-9]+\\)$", await watcher.ReadAsync());
        await watcher.WriteAsync("DONE\r\n");
        Assert.Equal("i OK IDLE completed", await watcher.ReadAsync());

        // What is no longer subscribed to is no longer meant.
        await other.SendAsync("UNSUBSCRIBE Archive");
        await other.SendAsync("COPY 1 Archive");
        Assert.Equal(["OK NOOP completed"], await watcher.SendAsync("NOOP"));
    }

    [Fact]
    public async Task Names_AreToldByList()
    {
        using var alice = await Alice.WithMailAsync(0);
        var (watcher, other) = (await ImapClient.LoggedInAsync(alice), await ImapClient.LoggedInAsync(alice));
        await watcher.SendAsync("NOTIFY SET (PERSONAL (MailboxName SubscriptionChange))");

        await other.SendAsync("CREATE Work");
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Work\"", await watcher.ReadAsync());
        await other.SendAsync("CREATE Work/Sub");
        Assert.Equal("* LIST (\\HasChildren) \"/\" \"Work\"", await watcher.ReadAsync());
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Work/Sub\"", await watcher.ReadAsync());
        await other.SendAsync("SUBSCRIBE Work/Sub");
        Assert.Equal("* LIST (\\HasNoChildren \\Subscribed) \"/\" \"Work/Sub\"", await watcher.ReadAsync());

        // What goes along with a level above is not told by itself.
        await other.SendAsync("RENAME Work Play");
        Assert.Equal("* LIST (\\HasChildren) \"/\" \"Play\" (\"OLDNAME\" (\"Work\"))", await watcher.ReadAsync());
        await other.SendAsync("DELETE Play/Sub");
        Assert.Equal("* LIST (\\HasNoChildren) \"/\" \"Play\"", await watcher.ReadAsync());
        Assert.Equal("* LIST (\\NonExistent \\HasNoChildren) \"/\" \"Play/Sub\"", await watcher.ReadAsync());
        await other.SendAsync("UNSUBSCRIBE Work/Sub");
        Assert.Equal("* LIST (\\NonExistent \\HasNoChildren) \"/\" \"Work/Sub\"", await watcher.ReadAsync());
        Assert.Equal(["OK NOOP completed"], await watcher.SendAsync("NOOP"));
    }

    [Fact]
    public async Task News_OfTooManyMailboxes_EndTheNotifications()
    {
        using var alice = await Alice.WithMailAsync(1);
        var watcher = await ImapClient.LoggedInAsync(alice, null, new ImapOptions { MaxNotifiedMailboxes = 1 });
        var other = await ImapClient.LoggedInAsync(alice);
        await watcher.SendAsync("NOTIFY SET (PERSONAL (MessageNew MessageExpunge))");

        await other.SendAsync("MOVE 1 Archive");   // one commit, two mailboxes
        Assert.StartsWith("* OK [NOTIFICATIONOVERFLOW]", await watcher.ReadAsync(), StringComparison.Ordinal);
        await other.SendAsync("SELECT Archive");
        await other.SendAsync("COPY 1 Sent");
        Assert.Equal(["OK NOOP completed"], await watcher.SendAsync("NOOP"));
        await watcher.SendAsync("NOTIFY SET (MAILBOXES Sent (MessageNew MessageExpunge))");
        await other.SendAsync("COPY 1 Sent");
        Assert.Equal("* STATUS \"Sent\" (MESSAGES 2 UIDNEXT 3)", await watcher.ReadAsync());
    }

    [Fact]
    public async Task SelectedMailbox_Deleted_EndsTheSession()
    {
        using var alice = await Alice.WithMailAsync(0);
        var other = await ImapClient.LoggedInAsync(alice);
        await other.SendAsync("CREATE Work");
        var watcher = await ImapClient.LoggedInAsync(alice, "Work");
        await watcher.SendAsync("NOTIFY SET (SELECTED (MessageNew MessageExpunge)) (PERSONAL (MailboxName))");
        await other.SendAsync("DELETE Work");
        Assert.Equal("* BYE The selected mailbox was deleted", await watcher.ReadAsync());
        Assert.Null(await watcher.ReadAsync());
    }
}
