using System.Text;

namespace Bitmask.Mail.Tests;

public class ThreadTests
{
    [Theory]
    [InlineData("b|<a@x>|", "c|<a@x> <b@x>|")]
    [InlineData("b||<a@x>", "c||<b@x>")]
    [InlineData("c|<a@x> <b@x>|", "b|<a@x>|")]
    [InlineData("b|<a@x>|", "c|<gone@x> <b@x>|")]
    public async Task Answers_JoinTheThread(string one, string other)
    {
        using var home = await MailHome.StartAsync();
        var root = await FileAsync(home, "a||", "Plans");
        Assert.Equal(root, await FileAsync(home, one, "Re: Plans"));
        Assert.Equal(root, await FileAsync(home, other, "AW: something else"));
        Assert.NotEqual(root, await FileAsync(home, "z||", "Plans"));
        Assert.Equal(["a@x"], Thread(home, root).Take(1));
        Assert.Equal(3, Thread(home, root).Count);
    }

    [Fact]
    public async Task Original_ThatComesAfterItsAnswers_JoinsThem()
    {
        using var home = await MailHome.StartAsync();
        var last = await FileAsync(home, "c||<b@x>", "Re: Plans");
        Assert.Equal(last, await FileAsync(home, "b||<a@x>", "Re: Plans"));
        Assert.Equal(last, await FileAsync(home, "d|<a@x> <b@x> <c@x>|", "Re: Plans"));
    }

    [Fact]
    public async Task AnswerThatLostItsReferences_JoinsTheLatestThreadWithItsSubject()
    {
        using var home = await MailHome.StartAsync();
        await FileAsync(home, "old||", "Plans", "Mon, 1 Dec 2025 10:00:00 +0000");
        var thread = await FileAsync(home, "new||", "Plans");
        Assert.Equal(thread, await FileAsync(home, "answer||", "Re: [list] PLANS"));
        Assert.NotEqual(thread, await FileAsync(home, "late||", "Re: Plans", "Mon, 1 Jun 2026 10:00:00 +0000"));
        Assert.NotEqual(await FileAsync(home, "n1||", "Re:"), await FileAsync(home, "n2||", "Re:"));
    }

    [Fact]
    public async Task CopiesAndSecondFilings_ShareTheThread()
    {
        using var home = await MailHome.StartAsync();
        var thread = await FileAsync(home, "a||", "Plans");
        await home.Account.CopyAsync(home.Inbox.Id, [new Uid(1)], home.Account.Find("Archive")!.Id);
        Assert.Equal(thread, await FileAsync(home, "a||", "Plans"));
        Assert.Equal(3, home.Account.Thread(thread).Count);
        Assert.Equal([0, 1], home.Account.FindThread(thread, home.View().Entries));
        Assert.Empty(home.Account.Thread(new ThreadId(1)));
        Assert.Throws<MailException>(() => home.Account.ThreadOf(new EntryId(1)));
    }

    [Theory]
    [InlineData("b@x", 1)]
    [InlineData("<b@x>", 1)]
    [InlineData(" <b@x> ", 1)]
    [InlineData("a@x", 2)]
    [InlineData("gone@x", 0)]
    [InlineData("plans", 0)]
    [InlineData("<>", 0)]
    [InlineData("", 0)]
    public async Task Message_IsFoundByItsOwnMessageIdOnly(string messageId, int count)
    {
        using var home = await MailHome.StartAsync();
        await FileAsync(home, "a||", "Plans");
        await FileAsync(home, "b|<gone@x> <a@x>|", "Re: Plans");
        await home.Account.CopyAsync(home.Inbox.Id, [new Uid(1)], home.Account.Find("Archive")!.Id);

        Assert.Equal(count, home.Account.FindByMessageId(messageId).Count);
    }

    [Fact]
    public async Task Thread_SurvivesReindexAndTheDeletionOfWhatItBeganWith()
    {
        using var home = await MailHome.StartAsync();
        var thread = await FileAsync(home, "c||<b@x>", "Re: Plans");
        await FileAsync(home, "b||<a@x>", "Re: Plans", flags: MessageFlags.Deleted);
        await FileAsync(home, "d||<b@x>", "Re: Plans");
        await home.Account.ExpungeAsync(home.Inbox.Id);
        await home.Account.ReindexAsync();
        Assert.Equal(["c@x", "d@x"], Thread(home, thread));
    }

    [Fact]
    public async Task Thread_OfWhatAnotherDeviceFiled_IsTheSame()
    {
        using var one = await MailHome.StartAsync();
        using var other = new MailHome();
        await FileAsync(one, "c||<b@x>", "Re: Plans");
        await FileAsync(one, "b||<a@x>", "Re: Plans");   // alone it would be in another thread
        await FileAsync(one, "n||", "");
        await Wire.ConvergeAsync(one, other);
        Assert.Equal(3, other.View().Entries.Count);
        Assert.All(one.View().Entries, entry => Assert.Equal(one.Account.ThreadOf(entry.Id), other.Account.ThreadOf(entry.Id)));
        await other.Account.ReindexAsync();
        Assert.All(one.View().Entries, entry => Assert.Equal(one.Account.ThreadOf(entry.Id), other.Account.ThreadOf(entry.Id)));
    }

    [Theory]
    [InlineData("UPDATE mail_head SET thread = zeroblob(16)")]
    [InlineData("UPDATE mail_head SET thread = NULL")]
    [InlineData("DELETE FROM mail_thread")]
    [InlineData("INSERT INTO mail_thread(key, sent, head) SELECT zeroblob(16), 0, id FROM mail_head")]
    public async Task Check_DamagedThreads_AreFoundAndMended(string damage)
    {
        using var home = await MailHome.StartAsync();
        var thread = await FileAsync(home, "a||", "Plans");
        await home.Store.WriteAsync(tx => tx.Sql.Execute(damage));
        Assert.NotEmpty(home.Account.Check());
        await home.Account.ReindexAsync();
        Assert.Empty(home.Account.Check());
        Assert.Equal(["a@x"], Thread(home, thread));
    }

    [Fact]
    public async Task ManyReferences_CostABoundedNumberOfLooks()
    {
        using var home = await MailHome.StartAsync();
        var many = string.Concat(Enumerable.Range(0, 20_000).Select(n => $" <{n}@x>"));
        var thread = await FileAsync(home, $"m|{many}|", "Re: x");
        Assert.Equal(thread, await FileAsync(home, "0||", "x"));
        Assert.Equal(thread, await FileAsync(home, "after|<m@x>|", "Re: x"));
    }

    private static List<string> Thread(MailHome home, ThreadId thread)
        => [.. home.Account.Thread(thread).Select(place => home.Account.Envelope(place.Entry.Id).MessageId!.Trim('<', '>'))];

    /// <summary>Files a message written as id|references|in-reply-to, a minute after the one before.</summary>
    private static async Task<ThreadId> FileAsync(MailHome home, string message, string subject, string? date = null, params string[] flags)
    {
        home.Clock.Advance(TimeSpan.FromMinutes(1));
        var parts = message.Split('|');
        var text = $"From: a@x\r\nMessage-ID: <{parts[0]}@x>\r\nSubject: {subject}\r\nDate: {date ?? home.Clock.GetUtcNow().ToString("r")}\r\n"
            + (parts[1].Length > 0 ? $"References: {parts[1]}\r\n" : "") + (parts[2].Length > 0 ? $"In-Reply-To: {parts[2]}\r\n" : "") + "\r\nx\r\n";
        return home.Account.ThreadOf((await home.AppendAsync(Encoding.UTF8.GetBytes(text), flags: flags)).Entry);
    }
}
