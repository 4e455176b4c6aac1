namespace Bitmask.Mail.Tests;

public class ReindexTests
{
    [Fact]
    public async Task Reindex_HealthyAccount_ChangesNothing()
    {
        using var home = await FilledAsync();
        var (view, archive, sequence) = (home.View(), home.View("Archive"), home.Account.Changes.Sequence);
        await MailReindex.RunAsync(home.Store, home.Projection);
        home.Check();
        home.Reopen();

        Assert.Equal(view.Entries, home.View().Entries);
        Assert.Equal(archive.Entries, home.View("Archive").Entries);
        Assert.Equal((view.Mailbox, view.UidNext, view.HighestModSeq), (home.View().Mailbox, home.View().UidNext, home.View().HighestModSeq));
        Assert.Equal(sequence, home.Account.Changes.Sequence);
    }

    [Theory]
    [InlineData("UPDATE mail_entry SET flags = 31")]
    [InlineData("UPDATE mail_entry SET keywords = 'x'")]
    [InlineData("DELETE FROM mail_entry WHERE rowid IN (SELECT 1)")]
    [InlineData("DELETE FROM mail_entry")]
    [InlineData("DELETE FROM mail_head")]
    [InlineData("DELETE FROM mail_part_present")]
    [InlineData("UPDATE mail_head SET preview = 'x'")]
    [InlineData("UPDATE mail_order SET words = x'01'")]
    [InlineData("UPDATE mail_entry SET sent = 5")]
    [InlineData("INSERT INTO mail_order(head, sent, words) VALUES (zeroblob(16), 0, x'01')")]
    [InlineData("UPDATE mail_mailbox SET messages = messages + 1")]
    [InlineData("UPDATE mail_mailbox SET name = 'x' || name")]
    [InlineData("DELETE FROM mail_mailbox")]
    [InlineData("INSERT INTO mail_pending SELECT id, head, mailbox FROM mail_entry")]
    public async Task Reindex_WrongTable_IsFoundAndMended(string damage)
    {
        using var home = await FilledAsync();
        var view = home.View();
        var changed = await home.Store.WriteAsync(tx => tx.Sql.Execute(damage.Replace("WHERE rowid IN (SELECT 1)", "", StringComparison.Ordinal)));
        Assert.True(changed > 0);
        Assert.NotEmpty(MailCheck.Compare(home.Store));

        await MailReindex.RunAsync(home.Store, home.Projection);
        home.Check();
        home.Reopen();
        Assert.Equal(view.Entries.Select(entry => (entry.Uid, entry.Id, string.Join(' ', entry.Flags.Order()))), home.View().Entries.Select(entry => (entry.Uid, entry.Id, string.Join(' ', entry.Flags.Order()))));
        Assert.Equal(view.Mailbox, home.View().Mailbox);
    }

    [Fact]
    public async Task Reindex_UidWithoutMessage_LosesIt()
    {
        using var home = await FilledAsync();
        await home.Store.WriteAsync(tx => tx.Sql.Execute("INSERT INTO mail_uid(box, uid, entry, modseq) SELECT box, 1000, zeroblob(16), 1 FROM mail_mailbox_uid WHERE uid_next > 1 LIMIT 1"));
        Assert.NotEmpty(MailCheck.Compare(home.Store));
        await MailReindex.RunAsync(home.Store, home.Projection);
        home.Check();
    }

    private static async Task<MailHome> FilledAsync()
    {
        var home = await MailHome.StartAsync();
        var large = MailHome.Mail("large", new string('x', 100_000));
        await home.AppendAsync(large, flags: ["\\Seen", "$a"]);
        await home.AppendAsync(flags: "\\Deleted");
        await home.AppendAsync();
        await home.Account.ExpungeAsync(home.Inbox.Id);
        await home.Account.CopyAsync(home.Inbox.Id, [new Uid(1)], home.Account.Find("Archive")!.Id);
        return home;
    }
}
