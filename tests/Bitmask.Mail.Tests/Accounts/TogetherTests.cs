namespace Bitmask.Mail.Tests;

/// <summary>Commands over many messages: the same as one by one, only that the documents follow later.</summary>
public class TogetherTests
{
    private static readonly string[] Boxes = ["INBOX", "Archive"];
    private static readonly string[] Flags = ["\\Seen", "\\Flagged", "\\Deleted", "$Work", "$work", "$Label1"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task RandomCommands_ShowTheSameAsOneByOne_AndLeadToTheSameDocuments(int seed)
    {
        using var together = await MailHome.StartAsync(togetherFrom: 1);
        using var each = await MailHome.StartAsync(togetherFrom: int.MaxValue);
        var (one, other) = (new Random(seed), new Random(seed));
        for (var step = 0; step < 60; step++)
        {
            Assert.Equal(await StepAsync(each, one), await StepAsync(together, other));
            await each.Account.WriteOwedAsync();
            Assert.Equal(Shown(each), Shown(together));
            if (step % 9 == 0)
            {
                together.Check();
            }

            if (step % 17 == 0)
            {
                together.Reopen();
                Assert.Equal(Shown(each), Shown(together));
            }
        }

        await together.Account.WriteOwedAsync();
        Assert.Equal(Shown(each), Shown(together));
        Assert.Equal(Documents(each), Documents(together));
        Assert.Equal(each.Documents("head").Count, together.Documents("head").Count);
        Assert.Equal(0, together.Store.Read(static reader => reader.Sql.ScalarInt64("SELECT (SELECT count(*) FROM mail_owed) + (SELECT count(*) FROM mail_owed_act)")));
    }

    [Fact]
    public async Task Documents_FollowWhenTheAccountIsOpenedAgain()
    {
        using var home = await FilledAsync(togetherFrom: 1);
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, Uids(home), FlagChange.Add, ["\\Flagged"]);
        Assert.DoesNotContain("Flagged", home.Documents("flags")[0].Json, StringComparison.Ordinal);
        home.Reopen();
        Assert.All(home.View().Entries, static entry => Assert.True(entry.Has("\\Flagged")));
        await home.Account.WriteOwedAsync();
        Assert.All(home.Documents("flags"), static document => Assert.Contains("Flagged", document.Json, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OneMessage_AmongManyThatAreOwed_IsSettledWhenItChanges()
    {
        using var home = await FilledAsync(togetherFrom: 2);
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, Uids(home), FlagChange.Add, ["\\Flagged"]);
        await home.Account.ChangeTagsAsync([home.View().Entries[0].Id], FlagChange.Add, ["red"]);
        Assert.Equal(["\\Flagged"], home.View().Entries[0].Flags);
        Assert.Single(home.Documents("flags"), static document => document.Json!.Contains("Flagged", StringComparison.Ordinal) && document.Json.Contains("red", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CopyOfWhatIsGoneMeanwhile_HasItsFlagsAndItsOctets()
    {
        using var home = await FilledAsync(togetherFrom: 1);
        var archive = home.Account.Find("Archive")!.Id;
        var octets = home.Account.Content(home.View().Entries[0].Id).ToArray();
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, Uids(home), FlagChange.Add, ["\\Flagged"]);
        await home.Account.CopyAsync(home.Inbox.Id, Uids(home), archive);
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, Uids(home), FlagChange.Replace, ["\\Deleted"]);
        await home.Account.ExpungeAsync(home.Inbox.Id);
        Assert.Empty(home.View().Entries);
        home.Check();
        await home.Account.WriteOwedAsync();

        Assert.Equal(3, home.Documents("flags").Count);
        Assert.All(home.View("Archive").Entries, static entry => Assert.Equal(["\\Flagged"], entry.Flags));
        Assert.Equal(octets, home.Account.Content(home.View("Archive").Entries[0].Id).ToArray());
        Assert.Null(home.Account.Security(home.View("Archive").Entries[0].Id));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ChangeFromAnotherDevice_MeetsWhatIsOwed_AsIfItHadBeenWritten(bool isMove)
    {
        using var here = await FilledAsync(togetherFrom: 1);
        using var there = await MailHome.StartAsync();
        await Wire.ConvergeAsync(here, there);
        await there.Account.ChangeFlagsAsync(there.Inbox.Id, Uids(there), FlagChange.Add, ["$There"]);
        await (isMove
            ? (Task)here.Account.MoveAsync(here.Inbox.Id, Uids(here), here.Account.Find("Archive")!.Id)
            : here.Account.ChangeFlagsAsync(here.Inbox.Id, Uids(here), FlagChange.Add, ["$Here"]));
        await Wire.ConvergeAsync(here, there);
        await here.Account.WriteOwedAsync();
        await Wire.ConvergeAsync(here, there);

        foreach (var home in new[] { here, there })
        {
            var entries = home.View(isMove ? "Archive" : "INBOX").Entries;
            Assert.Equal(3, entries.Count);
            Assert.All(entries, entry => Assert.Equal(isMove ? ["$There"] : ["$Here", "$There"], entry.Flags.Order()));
        }
    }

    [Fact]
    public async Task DeletedOnAnotherDevice_WhileChangesAreOwed_IsGone_ButWhatWasMovedStays()
    {
        using var here = await FilledAsync(togetherFrom: 1);
        using var there = await MailHome.StartAsync();
        await Wire.ConvergeAsync(here, there);
        await there.Account.DeleteAsync([.. there.View().Entries.Select(static entry => entry.Id)]);
        await here.Account.ChangeFlagsAsync(here.Inbox.Id, Uids(here), FlagChange.Add, ["$Here"]);
        await here.Account.MoveAsync(here.Inbox.Id, [Uids(here)[0]], here.Account.Find("Archive")!.Id);
        await Wire.ConvergeAsync(there, here);
        await here.Account.SettleAsync();
        await Wire.ConvergeAsync(there, here);

        Assert.Empty(here.View().Entries);
        Assert.Equal(["$Here"], Assert.Single(here.View("Archive").Entries).Flags);
        Assert.Equal(["$Here"], Assert.Single(there.View("Archive").Entries).Flags);
    }

    [Fact]
    public async Task Expunged_CanNotBeSeen_BeforeItsDocumentsAreGone()
    {
        using var home = await FilledAsync(togetherFrom: 1);
        await home.Account.ChangeTagsAsync([home.View().Entries[0].Id], FlagChange.Add, ["red"]);
        var thread = home.Account.ThreadOf(home.View().Entries[0].Id);
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, Uids(home), FlagChange.Add, ["\\Deleted"]);
        await home.Account.ExpungeAsync(home.Inbox.Id);

        Assert.Equal(3, home.Documents("flags").Count);
        Assert.Empty(home.Account.Tags());
        Assert.Empty(home.Account.Thread(thread));
        Assert.Equal(0, home.Account.Status(home.Inbox.Id).Messages);
        home.Check();
        await home.Account.ReindexAsync();
        Assert.Empty(home.Documents("flags"));
        Assert.Empty(home.Documents("head"));
    }

    private static async Task<MailHome> FilledAsync(int togetherFrom)
    {
        var home = await MailHome.StartAsync(togetherFrom: togetherFrom);
        for (var i = 0; i < 3; i++)
        {
            await home.AppendAsync(MailHome.Mail("mail " + i));
        }

        return home;
    }

    private static Uid[] Uids(MailHome home) => [.. home.View().Entries.Select(static entry => entry.Uid)];

    /// <summary>One command, drawn from the seed; what it answered.</summary>
    private static async Task<string> StepAsync(MailHome home, Random random)
    {
        var (from, to) = (home.Account.Find(Boxes[random.Next(2)])!.Id, home.Account.Find(Boxes[random.Next(2)])!.Id);
        var entries = home.Account.Open(from).Entries;
        var uids = entries.Where(_ => random.Next(3) > 0).Select(static entry => entry.Uid).ToList();
        string[] flags = [.. Flags.Where(_ => random.Next(3) == 0)];
        var (command, change) = (random.Next(10), (FlagChange)random.Next(3));
        switch (command)
        {
            case 0 or 1 when entries.Count < 40:
                await home.Account.AppendManyAsync(from, [.. Enumerable.Range(0, 4).Select(i => new MessageToAppend(MailHome.Mail($"mail {i}"), flags, MailHome.Start))]);
                return "";
            case 2 when entries.Count < 40:
                return string.Join(' ', (await home.Account.CopyAsync(from, uids, to)).Uids);
            case 3:
                return string.Join(' ', (await home.Account.MoveAsync(from, uids, to)).Uids);
            case 4:
                return string.Join(' ', await home.Account.ExpungeAsync(from, random.Next(2) == 0 ? uids : null));
            default:
                return string.Join('\n', (await home.Account.ChangeFlagsAsync(from, uids, change, flags)).Select(Line));
        }
    }

    private static string Line(MessageEntry entry) => $"{entry.Uid} {entry.Size} {string.Join(' ', entry.Flags.Select(static flag => flag.ToLowerInvariant()).Order(StringComparer.Ordinal))}";

    private static string Shown(MailHome home)
        => string.Join('\n', Boxes.Select(name => home.Account.Find(name)!).SelectMany(box => home.Account.Open(box.Id).Entries.Select(Line)
            .Append($"{home.Account.Status(box.Id) with { HighestModSeq = default, UidValidity = default }}").Append($"{home.Account.Open(box.Id).UidNext}")));

    /// <summary>The entries' documents as the projection understands them, without what is drawn at random.</summary>
    private static string Documents(MailHome home)
        => string.Join('\n', home.Documents("flags").Select(document => EntryRow.Read(document.Id, document.Json)!.Value.Row)
            .Select(row => $"{home.Account.Find(row.Id)!.Value.Mailbox == home.Inbox.Id} {Line(home.Account.Find(row.Id)!.Value.Entry)} {row.Bits} {row.Keywords?.ToLowerInvariant()}").Order(StringComparer.Ordinal));
}
