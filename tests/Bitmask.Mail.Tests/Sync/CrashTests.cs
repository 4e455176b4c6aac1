namespace Bitmask.Mail.Tests;

public class CrashTests
{
    private static readonly byte[] Large = MailHome.Mail("large", new string('x', 50_000));

    [Theory]
    [InlineData(64)]
    [InlineData(1)]
    public async Task Script_FailingAtEveryCommit_KeepsWhatWasAnsweredAndNothingHalf(int togetherFrom)
    {
        long commits = 0;
        using (var whole = new MailHome(commit => commits = commit, togetherFrom: togetherFrom))
        {
            await RunAsync(whole, new List<Uid>());
        }

        Assert.True(commits > 10);
        for (var k = 1L; k <= commits; k++)
        {
            var failing = k;
            MailHome home;
            try
            {
                home = new MailHome(commit => Fail(commit, ref failing), togetherFrom: togetherFrom);
            }
            catch (InvalidOperationException)
            {
                continue; // It was the commit that makes the tables.
            }

            using (home)
            {
                var answered = new List<Uid>();
                await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(home, answered));
                failing = 0;
                home.Check();
                home.Reopen();
                home.Check();
                if (home.Account.Find("INBOX") is { } inbox)
                {
                    var there = home.View().Entries.Select(entry => entry.Uid).ToList();
                    Assert.Superset(answered.ToHashSet(), there.ToHashSet());
                    Assert.All(home.View().Entries, entry => home.Account.Content(entry.Id));
                    var next = await home.AppendAsync();
                    Assert.True(there.Concat(answered).All(uid => uid < next.Uid));
                    Assert.Equal(there.Count + 1, home.Account.Status(inbox.Id).Messages);
                }
            }
        }
    }

    // Fails the commit numbered so, and every one after it: the process is as good as dead.
    private static void Fail(long commit, ref long failing)
    {
        if (failing != 0 && commit >= failing)
        {
            throw new InvalidOperationException("The disk is gone.");
        }
    }

    private static async Task RunAsync(MailHome home, List<Uid> answered)
    {
        await home.Account.CreateStandardMailboxesAsync();
        var inbox = home.Inbox.Id;
        answered.Add((await home.AppendAsync(Large)).Uid);
        answered.AddRange((await home.Account.AppendManyAsync(inbox, [new(Large, [], null), new(MailHome.Mail(), ["\\Seen"], null)])).Select(answer => answer.Uid));
        await home.Account.ChangeFlagsAsync(inbox, [answered[0]], FlagChange.Add, ["\\Flagged"]);
        var archive = home.Account.Find("Archive")!.Id;
        await home.Account.CopyAsync(inbox, [answered[0]], archive);
        var moved = answered[1];
        answered.Remove(moved);
        await home.Account.MoveAsync(inbox, [moved], archive);
        var mail = new IncomingMail(home.Account.IncomingId("w"u8), Large, MailHome.Start, null);
        await home.Store.WriteAsync(tx => home.Account.FileIncoming(tx, mail));
        var doomed = answered[^1];
        answered.Remove(doomed);
        await home.Account.ChangeFlagsAsync(inbox, [doomed], FlagChange.Add, ["\\Deleted"]);
        await home.Account.ExpungeAsync(inbox);
        await home.Account.WriteOwedAsync();
        await home.Account.RenameMailboxAsync("Archive", "Old/Archive");
        await home.Account.DeleteMailboxAsync("Old/Archive");
        answered.Add((await home.AppendAsync()).Uid);
    }
}
