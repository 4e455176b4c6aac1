namespace Bitmask.Mail.Tests;

public class MessageTests
{
    [Fact]
    public async Task Summaries_AreWhatWasAskedFor_InOrder_AndNullForWhatIsGone()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync(MailHome.Mail("one"));
        await home.AppendAsync(MailHome.Mail("two"), flags: "\\Deleted");
        await home.AppendAsync(MailHome.Mail("three", "Words.\r\n"));
        var messages = home.View().Entries;
        await home.Account.ExpungeAsync(home.Inbox.Id);

        var summaries = home.Account.Summaries(messages, SummaryParts.Envelope | SummaryParts.Preview);
        Assert.Equal(["one", null, "three"], summaries.Select(summary => summary?.Envelope?.Subject));
        Assert.Equal("Words.", summaries[2]!.Preview);
        Assert.Null(summaries[0]!.Header);
        Assert.Null(summaries[0]!.Structure);
        var rest = home.Account.Summaries([messages[2]], SummaryParts.Header | SummaryParts.Structure)[0]!;
        Assert.Equal(home.Account.HeaderBlock(messages[2].Id).ToArray(), rest.Header!.Value.ToArray());
        Assert.Equal("text", rest.Structure!.Type);
    }

    [Fact]
    public async Task Summaries_OfLargeHeaders_ComeByPieces()
    {
        using var home = await MailHome.StartAsync();
        var large = string.Concat(Enumerable.Range(0, 9000).Select(i => $"X-Field-{i}: {new string('x', 80)}\r\n"));
        for (var i = 0; i < 3; i++)
        {
            await home.AppendAsync(System.Text.Encoding.ASCII.GetBytes(large + "\r\nbody\r\n"));
        }

        Assert.Equal(2, home.Account.Summaries(home.View().Entries, SummaryParts.Header).Count);
        Assert.Equal(3, home.Account.Summaries(home.View().Entries, SummaryParts.Envelope).Count);
    }

    [Fact]
    public async Task Append_Message_CanBeReadInAllItsViews()
    {
        using var home = await MailHome.StartAsync();
        var raw = MailHome.Mail("täst");
        var date = MailHome.Start.AddDays(-3).AddMilliseconds(123);
        var answer = await home.Account.AppendAsync(home.Inbox.Id, raw, ["\\seen", "$Label1", "$encrypted", "\\Recent"], date);

        var entry = Assert.Single(home.View().Entries);
        Assert.Equal(answer.Uid, entry.Uid);
        Assert.Equal(answer.Entry, entry.Id);
        Assert.Equal(home.Inbox.UidValidity, answer.UidValidity);
        Assert.Equal(["$Label1", "\\Seen"], entry.Flags.Order(StringComparer.Ordinal));
        Assert.Equal(date, entry.InternalDate);
        Assert.Equal(raw.Length, entry.Size);
        Assert.Equal(raw, home.Account.Content(entry.Id).ToArray());
        Assert.Equal("täst", home.Account.Envelope(entry.Id).Subject);
        Assert.Equal("text", home.Account.Structure(entry.Id).Type);
        Assert.Equal(raw[..home.Account.HeaderBlock(entry.Id).Length], home.Account.HeaderBlock(entry.Id).ToArray());
        Assert.Equal("One line.", home.Account.Preview(entry.Id).Trim());
        Assert.Null(home.Account.Security(entry.Id));
        Assert.Equal((home.Inbox.Id, entry), home.Account.Find(entry.Id));
    }

    [Fact]
    public async Task Append_Many_IsOneTransaction()
    {
        using var home = await MailHome.StartAsync();
        var news = new List<int>();
        using var subscription = home.Account.Changes.Subscribe(changes => news.Add(changes.Count));
        var answers = await home.Account.AppendManyAsync(
            home.Inbox.Id, [.. Enumerable.Range(1, 20).Select(i => new MessageToAppend(MailHome.Mail("mail " + i), [], null))]);

        Assert.Equal(Enumerable.Range(1, 20), answers.Select(answer => (int)answer.Uid.Value));
        Assert.Equal([20], news);
    }

    [Fact]
    public async Task Append_UnknownMailbox_IsRefusedAndLeavesNothing()
    {
        using var home = await MailHome.StartAsync();
        var refused = await Assert.ThrowsAsync<MailException>(() => home.Account.AppendAsync(MailboxId.Parse(new string('0', 32)), MailHome.Mail(), []));
        Assert.Equal(MailError.MailboxNotFound, refused.Error);
        Assert.Empty(home.Documents("head"));
    }

    [Fact]
    public async Task Status_AfterChanges_IsWhatCountingGives()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync(flags: "\\Seen");
        var second = await home.AppendAsync();
        await home.AppendAsync();
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, [second.Uid], FlagChange.Add, ["\\Deleted"]);

        var status = home.Account.Status(home.Inbox.Id);
        Assert.Equal((3, 2, 1, 3L * MailHome.Mail().Length), (status.Messages, status.Unseen, status.Deleted, status.Size));
        Assert.Equal(4u, status.UidNext.Value);
        Assert.Equal(home.View().HighestModSeq, status.HighestModSeq);
        Assert.Equal(home.View().Entries[1].ModSeq, status.HighestModSeq);
    }

    [Fact]
    public async Task ChangeFlags_AddRemoveReplace_ChangeWhatTheySay()
    {
        using var home = await MailHome.StartAsync();
        var uid = (await home.AppendAsync(flags: ["\\Seen", "$Label1"])).Uid;

        var added = await home.Account.ChangeFlagsAsync(home.Inbox.Id, [uid, new Uid(99)], FlagChange.Add, ["\\flagged", "$label1"]);
        Assert.Equal(["$Label1", "\\Flagged", "\\Seen"], Assert.Single(added).Flags.Order(StringComparer.Ordinal));
        var removed = await home.Account.ChangeFlagsAsync(home.Inbox.Id, [uid], FlagChange.Remove, ["\\SEEN"]);
        Assert.Equal(["$Label1", "\\Flagged"], Assert.Single(removed).Flags.Order(StringComparer.Ordinal));
        var replaced = await home.Account.ChangeFlagsAsync(home.Inbox.Id, [uid], FlagChange.Replace, ["\\Draft"]);
        Assert.Equal(["\\Draft"], Assert.Single(replaced).Flags);
        Assert.True(replaced[0].ModSeq > removed[0].ModSeq);
        Assert.Equal(replaced[0], home.View().Entries[0]);
    }

    [Fact]
    public async Task ChangeFlags_NothingToChange_IsNoChange()
    {
        using var home = await MailHome.StartAsync();
        var uid = (await home.AppendAsync(flags: "\\Seen")).Uid;
        var sequence = home.Account.Changes.Sequence;
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, [uid], FlagChange.Add, ["\\Seen"]);
        Assert.Equal(sequence, home.Account.Changes.Sequence);
    }

    [Fact]
    public async Task ChangeFlags_ReservedKeyword_IsRefused()
    {
        using var home = await MailHome.StartAsync();
        var uid = (await home.AppendAsync()).Uid;
        var refused = await Assert.ThrowsAsync<MailException>(() => home.Account.ChangeFlagsAsync(home.Inbox.Id, [uid], FlagChange.Add, ["$signedvalid"]));
        Assert.Equal(MailError.NotAllowed, refused.Error);
    }

    [Fact]
    public async Task ChangeFlags_UnchangedSince_PassesOverLaterOnes()
    {
        using var home = await MailHome.StartAsync();
        var first = await home.AppendAsync();
        var second = await home.AppendAsync();
        var since = home.View().HighestModSeq;
        await home.Account.ChangeFlagsAsync(home.Inbox.Id, [first.Uid], FlagChange.Add, ["\\Seen"]);
        var changed = await home.Account.ChangeFlagsAsync(home.Inbox.Id, [first.Uid, second.Uid], FlagChange.Add, ["\\Flagged"], since);
        Assert.Equal([second.Uid], changed.Select(entry => entry.Uid));
    }

    [Fact]
    public async Task Copy_Message_SharesTheOctetsAndKeepsFlagsAndDate()
    {
        using var home = await MailHome.StartAsync();
        var original = await home.AppendAsync(flags: ["\\Seen", "$x"]);
        home.Clock.Advance(TimeSpan.FromHours(1));
        var answer = await home.Account.CopyAsync(home.Inbox.Id, [original.Uid, new Uid(77)], home.Account.Find("Archive")!.Id);

        Assert.Equal([(original.Uid, new Uid(1))], answer.Uids);
        var (source, copy) = (home.View().Entries[0], home.View("Archive").Entries[0]);
        Assert.NotEqual(source.Id, copy.Id);
        Assert.Equal((source.Head, source.InternalDate, source.Size), (copy.Head, copy.InternalDate, copy.Size));
        Assert.Equal(source.Flags, copy.Flags);
        Assert.Single(home.Documents("head"));
    }

    [Fact]
    public async Task Move_Message_KeepsItsIdAndGetsANewUid()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync(mailbox: "Archive");
        var original = await home.AppendAsync();
        var answer = await home.Account.MoveAsync(home.Inbox.Id, [original.Uid], home.Account.Find("Archive")!.Id);

        Assert.Equal([(original.Uid, new Uid(2))], answer.Uids);
        Assert.Empty(home.View().Entries);
        Assert.Equal(original.Entry, home.View("Archive").Entries[1].Id);
        Assert.Equal(2, home.Documents("flags").Count);
    }

    [Fact]
    public async Task Expunge_OnlySome_RemovesTheDeletedAmongThem()
    {
        using var home = await MailHome.StartAsync();
        for (var i = 0; i < 4; i++)
        {
            await home.AppendAsync(flags: i < 3 ? ["\\Deleted"] : []);
        }

        Assert.Equal([new Uid(2)], await home.Account.ExpungeAsync(home.Inbox.Id, [new Uid(2), new Uid(4), new Uid(9)]));
        Assert.Equal([new Uid(1), new Uid(3)], await home.Account.ExpungeAsync(home.Inbox.Id));
        Assert.Equal([new Uid(4)], home.View().Entries.Select(entry => entry.Uid));
    }

    [Fact]
    public async Task ChangeFlagsAndExpunge_MoreThanOneTransactionHolds_ReachAll()
    {
        using var home = await MailHome.StartAsync();
        await home.Account.AppendManyAsync(home.Inbox.Id, [.. Enumerable.Range(0, 1100).Select(_ => new MessageToAppend(MailHome.Mail(), [], null))]);
        var uids = home.View().Entries.Select(entry => entry.Uid).ToList();
        Assert.Equal(uids, (await home.Account.ChangeFlagsAsync(home.Inbox.Id, uids, FlagChange.Add, ["\\Deleted"])).Select(entry => entry.Uid));
        Assert.Equal(uids.Take(1000), await home.Account.ExpungeAsync(home.Inbox.Id, [.. uids.Take(1000)]));
        Assert.Equal(uids.Skip(1000), await home.Account.ExpungeAsync(home.Inbox.Id));
    }

    [Fact]
    public async Task Expunge_OneOfTwoCopies_KeepsTheOctetsForTheOther()
    {
        using var home = await MailHome.StartAsync();
        var large = MailHome.Mail("large", new string('x', 100_000));
        var uid = (await home.AppendAsync(large, flags: "\\Deleted")).Uid;
        await home.Account.CopyAsync(home.Inbox.Id, [uid], home.Account.Find("Archive")!.Id);
        await home.Account.ExpungeAsync(home.Inbox.Id);

        var copy = home.View("Archive").Entries[0];
        Assert.Equal(large, home.Account.Content(copy.Id).ToArray());
        await home.Account.ExpungeAsync(home.Account.Find("Archive")!.Id);
        Assert.Empty(home.Documents("head"));
        Assert.Empty(home.Documents("cnt"));
        Assert.Throws<MailException>(() => home.Account.Content(copy.Id));
    }

    [Fact]
    public async Task Uid_AfterExpungeOfTheLast_IsNotUsedAgain()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync(flags: "\\Deleted");
        await home.Account.ExpungeAsync(home.Inbox.Id);
        home.Reopen();
        Assert.Equal(new Uid(2), (await home.AppendAsync()).Uid);
    }

    [Fact]
    public async Task Content_OneMebibyteAttachment_IsExactAndCutIntoAPart()
    {
        using var home = await MailHome.StartAsync();
        var octets = new byte[1024 * 1024];
        new Random(7).NextBytes(octets);
        var encoded = Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks);
        var raw = System.Text.Encoding.ASCII.GetBytes(
            "Subject: big\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsee attached\r\n--b\r\n"
            + "Content-Type: application/octet-stream; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n" + encoded + "\r\n--b--\r\n");
        var answer = await home.AppendAsync(raw);

        Assert.Equal(raw, home.Account.Content(answer.Entry).ToArray());
        Assert.Single(home.Documents("cnt"));
        Assert.True(Assert.Single(home.Documents("head")).Json!.Length < 4096);
        var part = home.Account.Structure(answer.Entry).Parts[1];
        Assert.Equal(encoded, System.Text.Encoding.ASCII.GetString(raw[(int)part.BodyOffset..(int)part.End]));
    }

    [Fact]
    public async Task Content_DamagedPart_SaysSoAndOthersStayWhole()
    {
        using var home = await MailHome.StartAsync();
        var damaged = await home.AppendAsync(MailHome.Mail("large", new string('x', 100_000)));
        var whole = await home.AppendAsync(MailHome.Mail("other", new string('y', 100_000)));
        await home.Store.WriteAsync(tx =>
        {
            var part = tx.Get($"C-{damaged.Entry}.0")!;
            tx.Put(part.Id, part.Rev, part.Json!.Replace("eHh4", "eXl5", StringComparison.Ordinal));
        });

        Assert.Equal(damaged.Entry, Assert.Throws<MessageDamagedException>(() => home.Account.Content(damaged.Entry)).Entry);
        Assert.Equal(100_000, home.Account.Content(whole.Entry).Length - home.Account.HeaderBlock(whole.Entry).Length);
    }

    [Fact]
    public async Task View_ManyChanges_EqualsOneReadFromScratch()
    {
        using var home = await MailHome.StartAsync();
        var random = new Random(11);
        for (var round = 0; round < 60; round++)
        {
            var view = home.View();
            var any = view.Entries.Count == 0 ? new Uid(1) : view.Entries[random.Next(view.Entries.Count)].Uid;
            switch (random.Next(5))
            {
                case 0 or 1:
                    await home.AppendAsync();
                    break;
                case 2:
                    await home.Account.ChangeFlagsAsync(home.Inbox.Id, [any], FlagChange.Add, ["\\Deleted"]);
                    break;
                case 3:
                    await home.Account.ExpungeAsync(home.Inbox.Id);
                    break;
                default:
                    await home.Account.MoveAsync(home.Inbox.Id, [any], home.Account.Find("Archive")!.Id);
                    break;
            }
        }

        var grown = home.View();
        home.Reopen();
        var fresh = home.View();
        Assert.Equal(fresh.Entries, grown.Entries);
        Assert.Equal((fresh.UidNext, fresh.HighestModSeq, fresh.Mailbox), (grown.UidNext, grown.HighestModSeq, grown.Mailbox));
        Assert.Equal(grown.Entries.Count, home.Account.Status(home.Inbox.Id).Messages);
    }

    [Fact]
    public async Task View_Unchanged_IsTheSameObject()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync();
        Assert.Same(home.View(), home.View());
    }
}
