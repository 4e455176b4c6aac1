namespace Bitmask.Mail.Tests;

public class ChangeStreamTests
{
    [Fact]
    public async Task Changes_OfAllKinds_ComeInOrderWithTheirIds()
    {
        using var home = await MailHome.StartAsync();
        var start = home.Account.Changes.Sequence;
        var appended = await home.AppendAsync();
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, [appended.Uid], FlagChange.Add, ["\\Seen"]);
        await home.Account.MoveAsync(home.Inbox.Id, [appended.Uid], home.Account.Find("Trash")!.Id);
        var made = await home.Account.CreateMailboxAsync("x");
        await home.Account.RenameMailboxAsync("x", "y");
        await home.Account.SubscribeAsync("y", true);
        await home.Account.DeleteMailboxAsync("y");
        await home.Account.SubscribeAsync("y", false);

        var trash = home.Account.Find("Trash")!.Id;
        var changes = home.Account.Changes.Since(start);
        Assert.Equal(
            [
                new(start + 1, MailChangeKind.MessageAdded, home.Inbox.Id, appended.Entry, appended.Uid),
                new(start + 2, MailChangeKind.MessageChanged, home.Inbox.Id, appended.Entry, appended.Uid),
                new(start + 3, MailChangeKind.MessageRemoved, home.Inbox.Id, appended.Entry, appended.Uid),
                new(start + 4, MailChangeKind.MessageAdded, trash, appended.Entry, new Uid(1)),
                new(start + 5, MailChangeKind.MailboxAdded, made.Id, null, null),
                new(start + 6, MailChangeKind.MailboxChanged, made.Id, null, null),
                new(start + 7, MailChangeKind.SubscriptionChanged, made.Id, null, null),
                new(start + 8, MailChangeKind.MailboxRemoved, made.Id, null, null),
                new MailChange(start + 9, MailChangeKind.SubscriptionChanged, default, null, null),
            ],
            changes);
        Assert.Equal(changes.Take(2), home.Account.Changes.Since(start, 2));
        Assert.Equal(start + 9, home.Account.Changes.Sequence);
        Assert.Equal(0, home.Account.Changes.Oldest);
    }

    [Fact]
    public async Task Subscriber_IsWokenWhenTheChangeCanBeRead()
    {
        using var home = await MailHome.StartAsync();
        var seen = new List<int>();
        var subscription = home.Account.Changes.Subscribe(_ => seen.Add(home.View().Entries.Count));
        await home.AppendAsync();
        await home.AppendAsync();
        subscription.Dispose();
        await home.AppendAsync();
        Assert.Equal([1, 2], seen);
    }

    [Fact]
    public async Task Read_FromTheStart_GoesOnWithWhatComes()
    {
        using var home = new MailHome();
        await home.Account.CreateMailboxAsync("a");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var kinds = new List<MailChangeKind>();
        await foreach (var change in home.Account.Changes.ReadAsync(0, stop.Token))
        {
            kinds.Add(change.Kind);
            if (kinds.Count == 1)
            {
                await home.AppendAsync(mailbox: "a");
            }
            else
            {
                break;
            }
        }

        Assert.Equal([MailChangeKind.MailboxAdded, MailChangeKind.MessageAdded], kinds);
    }

    [Fact]
    public async Task Vanished_SinceAModSeq_AreTheUidsThatLeft()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync(flags: "\\Deleted");
        await home.AppendAsync(flags: "\\Deleted");
        var since = home.View().HighestModSeq;
        await home.Account.ExpungeAsync(home.Inbox.Id);
        Assert.Equal([new Uid(1), new Uid(2)], home.Account.Vanished(home.Inbox.Id, since));
        Assert.Empty(home.Account.Vanished(home.Inbox.Id, home.View().HighestModSeq)!);
    }
}
