namespace Bitmask.Mail.Tests;

public class MailboxTests
{
    [Fact]
    public async Task StandardMailboxes_MadeTwice_AreThereOnce()
    {
        using var home = await MailHome.StartAsync();
        await home.Account.CreateStandardMailboxesAsync();

        Assert.Equal(["INBOX", "Archive", "Drafts", "Junk", "Sent", "Trash"], home.Account.Mailboxes().Select(mailbox => mailbox.Name));
        Assert.Equal("Sent", home.Account.FindSpecial(SpecialUse.Sent)?.Name);
        Assert.All(home.Account.Mailboxes(), mailbox => Assert.True(mailbox.IsSubscribed));
    }

    [Fact]
    public async Task StandardMailboxes_OnTwoDevices_HaveTheSameIds()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();

        Assert.Equal(one.Account.Mailboxes().Select(mailbox => mailbox.Id), other.Account.Mailboxes().Select(mailbox => mailbox.Id));
    }

    [Fact]
    public async Task StandardMailboxes_DeletedByTheUser_StayDeleted()
    {
        using var home = await MailHome.StartAsync();
        await home.Account.DeleteMailboxAsync("Junk");
        await home.Account.CreateStandardMailboxesAsync();

        Assert.Null(home.Account.Find("Junk"));
    }

    [Theory]
    [InlineData("inbox", "INBOX")]
    [InlineData("InBox/Sub", "INBOX/Sub")]
    [InlineData("Größe/日本", "Größe/日本")]
    [InlineData("Work/", "Work")]
    public async Task Create_Name_IsNormalised(string name, string expected)
    {
        using var home = new MailHome();
        var mailbox = await home.Account.CreateMailboxAsync(name);

        Assert.Equal(expected, mailbox.Name);
        Assert.Equal(mailbox, home.Account.Find(name.TrimEnd('/')));
        Assert.NotEqual(0u, mailbox.UidValidity.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("/a")]
    [InlineData("a//b")]
    [InlineData("a\nb")]
    public async Task Create_ImpossibleName_IsRefused(string name)
    {
        using var home = new MailHome();
        var refused = await Assert.ThrowsAsync<MailException>(() => home.Account.CreateMailboxAsync(name));
        Assert.Equal(MailError.InvalidName, refused.Error);
    }

    [Fact]
    public async Task Create_TakenName_IsRefused()
    {
        using var home = await MailHome.StartAsync();
        var refused = await Assert.ThrowsAsync<MailException>(() => home.Account.CreateMailboxAsync("INBOX"));
        Assert.Equal(MailError.MailboxExists, refused.Error);
    }

    [Fact]
    public async Task Rename_WithChildren_TakesThemAlongButNotNeighbours()
    {
        using var home = new MailHome();
        foreach (var name in new[] { "foo", "foo/a", "foo/a/b", "foobar" })
        {
            await home.Account.CreateMailboxAsync(name);
        }

        await home.Account.RenameMailboxAsync("foo", "new/foo");

        Assert.Equal(["foobar", "new/foo", "new/foo/a", "new/foo/a/b"], home.Account.Mailboxes().Select(mailbox => mailbox.Name));
    }

    [Fact]
    public async Task Rename_IntoItself_IsRefusedAndChangesNothing()
    {
        using var home = new MailHome();
        await home.Account.CreateMailboxAsync("foo");
        await Assert.ThrowsAsync<MailException>(() => home.Account.RenameMailboxAsync("foo", "foo/bar"));
        Assert.Equal(["foo"], home.Account.Mailboxes().Select(mailbox => mailbox.Name));
    }

    [Fact]
    public async Task Rename_Mailbox_KeepsUidsAndUidValidity()
    {
        using var home = new MailHome();
        var before = await home.Account.CreateMailboxAsync("foo");
        var appended = await home.AppendAsync(mailbox: "foo");
        await home.Account.RenameMailboxAsync("foo", "bar");

        Assert.Equal(before.UidValidity, home.Account.Find("bar")!.UidValidity);
        Assert.Equal(appended.Uid, Assert.Single(home.View("bar").Entries).Uid);
    }

    [Fact]
    public async Task Rename_Inbox_MovesItsMessagesAndLeavesItEmpty()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync();
        await home.AppendAsync();
        await home.Account.RenameMailboxAsync("inbox", "Old");

        Assert.Empty(home.View().Entries);
        Assert.Equal(2, home.View("Old").Entries.Count);
        Assert.Equal(3u, home.View().UidNext.Value);
    }

    [Fact]
    public async Task Delete_Mailbox_TakesMessagesAndTheirOctetsAlong()
    {
        using var home = await MailHome.StartAsync();
        await home.Account.CreateMailboxAsync("foo");
        await home.AppendAsync(mailbox: "foo");
        var kept = await home.AppendAsync(mailbox: "foo");
        await home.Account.CopyAsync(home.Account.Find("foo")!.Id, [kept.Uid], home.Inbox.Id);
        await home.Account.DeleteMailboxAsync("foo");

        Assert.Null(home.Account.Find("foo"));
        Assert.Single(home.Documents("flags"));
        Assert.Single(home.Documents("head"));
        Assert.Equal(MailHome.Mail(), home.Account.Content(home.View().Entries[0].Id).ToArray());
    }

    [Fact]
    public async Task Delete_AndCreateAgain_GivesAHigherUidValidity()
    {
        using var home = new MailHome();
        var before = await home.Account.CreateMailboxAsync("foo");
        await home.AppendAsync(mailbox: "foo");
        await home.Account.DeleteMailboxAsync("foo");
        var after = await home.Account.CreateMailboxAsync("foo");

        Assert.True(after.UidValidity.Value > before.UidValidity.Value);
        Assert.Empty(home.View("foo").Entries);
    }

    [Fact]
    public async Task Delete_Inbox_IsRefused()
    {
        using var home = await MailHome.StartAsync();
        var refused = await Assert.ThrowsAsync<MailException>(() => home.Account.DeleteMailboxAsync("Inbox"));
        Assert.Equal(MailError.NotAllowed, refused.Error);
    }

    [Fact]
    public async Task Subscribe_Mailbox_IsKeptOverReopening()
    {
        using var home = new MailHome();
        await home.Account.CreateMailboxAsync("foo");
        Assert.False(home.Account.Find("foo")!.IsSubscribed);
        await home.Account.SubscribeAsync("foo", true);
        home.Reopen();
        Assert.True(home.Account.Find("foo")!.IsSubscribed);
    }

    [Fact]
    public async Task Uid_LastOfAll_IsGivenOnceAndNoneAfterIt()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync();
        await home.Store.WriteAsync(tx => tx.Sql.Execute("UPDATE mail_mailbox_uid SET uid_next = 4294967295 WHERE mailbox = ?1", HexId.Bytes(home.Inbox.Id.Value)));
        Assert.Equal(uint.MaxValue, (await home.AppendAsync()).Uid.Value);

        for (var again = 0; again < 2; again++)
        {
            Assert.Equal(MailError.UidsExhausted, (await Assert.ThrowsAsync<MailException>(() => home.AppendAsync())).Error);
            Assert.Equal([1, uint.MaxValue], home.View().Entries.Select(static entry => entry.Uid.Value));
            home.Reopen();
        }
    }

    [Fact]
    public async Task Subscription_OutlivesItsMailbox_UntilItsOwnerEndsIt()
    {
        using var home = new MailHome();
        await home.Account.CreateMailboxAsync("foo");
        await home.Account.SubscribeAsync("foo", true);
        await home.Account.RenameMailboxAsync("foo", "bar");
        Assert.False(home.Account.Find("bar")!.IsSubscribed);
        Assert.Equal(["foo"], home.Account.Subscriptions());

        await home.Account.DeleteMailboxAsync("bar");
        await home.Account.SubscribeAsync("foo", true);   // it is already
        home.Reopen();
        await home.Account.ReindexAsync();
        Assert.Equal(["foo"], home.Account.Subscriptions());

        await home.Account.CreateMailboxAsync("foo");
        Assert.True(home.Account.Find("foo")!.IsSubscribed);
        await home.Account.DeleteMailboxAsync("foo");
        await home.Account.SubscribeAsync("foo", false);
        await home.Account.SubscribeAsync("foo", false);
        Assert.Empty(home.Account.Subscriptions());
        Assert.Equal(MailError.MailboxNotFound, (await Assert.ThrowsAsync<MailException>(() => home.Account.SubscribeAsync("foo", true))).Error);
    }
}
