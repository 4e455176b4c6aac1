namespace Bitmask.Mail.Tests;

public class TagTests
{
    [Fact]
    public async Task Tags_AreSetListedAndTakenAway()
    {
        using var home = await MailHome.StartAsync();
        var (one, other) = ((await home.AppendAsync()).Entry, (await home.AppendAsync()).Entry);
        await home.Account.ChangeTagsAsync([one, other, new EntryId(5)], FlagChange.Add, ["Steuer 2026", " 家 "]);
        await home.Account.ChangeTagsAsync([one], FlagChange.Add, ["STEUER 2026"]);
        Assert.Equal(["Steuer 2026", "家"], home.Account.Tags(one));
        Assert.Equal([("Steuer 2026", 2), ("家", 2)], home.Account.Tags());

        await home.Account.ChangeTagsAsync([other], FlagChange.Replace, ["x"]);
        await home.Account.ChangeTagsAsync([one], FlagChange.Remove, ["家"]);
        Assert.Equal([("Steuer 2026", 1), ("x", 1)], home.Account.Tags());
        Assert.Equal([0], home.Account.FindTag("steuer 2026", home.View().Entries));
        Assert.Empty(home.Account.FindTag("家", home.View().Entries));
    }

    [Fact]
    public async Task Tags_AreNews_AndSurviveMovingCopyingAndReindexing()
    {
        using var home = await MailHome.StartAsync();
        var entry = (await home.AppendAsync(flags: "\\Seen")).Entry;
        var sequence = home.Account.Changes.Sequence;
        await home.Account.ChangeTagsAsync([entry], FlagChange.Add, ["x"]);
        Assert.Equal(MailChangeKind.MessageChanged, Assert.Single(home.Account.Changes.Since(sequence)).Kind);

        var archive = home.Account.Find("Archive")!.Id;
        await home.Account.CopyAsync(home.Inbox.Id, [new Uid(1)], archive);
        await home.Account.MoveAsync(home.Inbox.Id, [new Uid(1)], archive);
        await home.Account.ReindexAsync();
        Assert.Equal([("x", 2)], home.Account.Tags());
        Assert.All(home.View("Archive").Entries, message => Assert.True(message.Has("\\Seen")));
    }

    [Fact]
    public async Task Tags_OfTwoDevices_AreMerged()
    {
        using var one = await MailHome.StartAsync();
        using var other = new MailHome();
        var entry = (await one.AppendAsync()).Entry;
        await Wire.ConvergeAsync(one, other);
        await one.Account.ChangeTagsAsync([entry], FlagChange.Add, ["one"]);
        await other.Account.ChangeTagsAsync([entry], FlagChange.Add, ["other"]);
        await Wire.ConvergeAsync(one, other);
        Assert.Equal(["one", "other"], one.Account.Tags(entry));
        Assert.Equal(["one", "other"], other.Account.Tags(entry));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a\nb")]
    public async Task BadTag_IsRefused(string tag)
    {
        using var home = await MailHome.StartAsync();
        var refused = await Assert.ThrowsAsync<MailException>(() => home.Account.ChangeTagsAsync([new EntryId(1)], FlagChange.Add, [tag]));
        Assert.Equal(MailError.NotAllowed, refused.Error);
    }

    [Fact]
    public async Task WrongTagColumn_IsFoundAndMended()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync();
        await home.Store.WriteAsync(tx => tx.Sql.Execute("UPDATE mail_entry SET tags = 'false'"));
        Assert.NotEmpty(home.Account.Check());
        await home.Account.ReindexAsync();
        Assert.Empty(home.Account.Tags());
    }
}
