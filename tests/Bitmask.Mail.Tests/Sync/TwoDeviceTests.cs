using System.Text;

namespace Bitmask.Mail.Tests;

public class TwoDeviceTests
{
    private static readonly byte[] Large = MailHome.Mail("large", string.Concat(Enumerable.Range(0, 9000).Select(i => $"line {i}\r\n")));

    [Fact]
    public async Task Append_OnOne_AppearsOnTheOther()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        var appended = await one.AppendAsync(Large, flags: "\\Seen");
        await Wire.ConvergeAsync(one, other);

        var entry = Assert.Single(other.View().Entries);
        Assert.Equal(appended.Entry, entry.Id);
        Assert.True(entry.Has("\\Seen"));
        Assert.Equal(Large, other.Account.Content(entry.Id).ToArray());
        Assert.Equal(one.Account.Envelope(entry.Id).Subject, other.Account.Envelope(entry.Id).Subject);
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Fact]
    public async Task Message_ComesInAnyOrder_IsSeenOnlyWhenComplete()
    {
        using var one = await MailHome.StartAsync();
        await one.AppendAsync(Large);
        var documents = one.Store.Read(reader => reader.Changes(0).Select(change => reader.Get(change.Id)!).ToList());
        var random = new Random(17);
        for (var round = 0; round < 12; round++)
        {
            using var other = new MailHome();
            var order = documents.ToArray();
            random.Shuffle(order);
            var added = new List<MailChange>();
            using var subscription = other.Account.Changes.Subscribe(changes => added.AddRange(changes.Where(change => change.Kind == MailChangeKind.MessageAdded)));
            foreach (var document in order)
            {
                Assert.Empty(added);
                await Wire.SendAsync(one, other, _ => [document]);
                await other.Store.WriteAsync(tx => tx.RecordSync(new Soledad.SyncSource(one.Store.ReplicaUid, 0, "")));
                if (added.Count > 0)
                {
                    Assert.Equal(Large, other.Account.Content(added[0].Entry!.Value).ToArray());
                    break;
                }

                other.Check();
            }

            Assert.Single(added);
        }
    }

    [Fact]
    public async Task Deletion_OnOne_MakesTheUidVanishOnTheOther()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        var uid = (await one.AppendAsync(Large)).Uid;
        await one.AppendAsync();
        await Wire.ConvergeAsync(one, other);
        var before = other.View();

        await one.Account.ChangeFlagsAsync(one.Inbox.Id, [uid], FlagChange.Add, ["\\Deleted"]);
        await one.Account.ExpungeAsync(one.Inbox.Id);
        await Wire.ConvergeAsync(one, other);

        Assert.Single(other.View().Entries);
        var gone = before.Entries.Single(entry => entry.Size == Large.Length).Uid;
        Assert.Equal([gone], other.Account.Vanished(other.Inbox.Id, before.HighestModSeq));
        Assert.Empty(other.Documents("cnt"));
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Fact]
    public async Task Flags_ChangedOnBoth_AreBothThere()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.AppendAsync(flags: "$old");
        await Wire.ConvergeAsync(one, other);
        await one.Account.ChangeFlagsAsync(one.Inbox.Id, [one.View().Entries[0].Uid], FlagChange.Add, ["\\Seen"]);
        await other.Account.ChangeFlagsAsync(other.Inbox.Id, [other.View().Entries[0].Uid], FlagChange.Replace, ["\\Flagged"]);
        await Wire.ConvergeAsync(one, other);

        Assert.Equal(["\\Flagged", "\\Seen"], one.View().Entries[0].Flags.Order(StringComparer.Ordinal));
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Fact]
    public async Task Move_OnBoth_EndsInOneMailboxOnce()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.AppendAsync();
        await Wire.ConvergeAsync(one, other);
        await one.Account.MoveAsync(one.Inbox.Id, [one.View().Entries[0].Uid], one.Account.Find("Archive")!.Id);
        await other.Account.MoveAsync(other.Inbox.Id, [other.View().Entries[0].Uid], other.Account.Find("Trash")!.Id);
        await Wire.ConvergeAsync(one, other);

        Assert.Equal(Wire.Show(one), Wire.Show(other));
        Assert.Equal(1, one.Account.Mailboxes().Sum(mailbox => one.Account.Status(mailbox.Id).Messages));
    }

    [Fact]
    public async Task Copy_OnOneWhileTheOtherDeletesTheLast_KeepsTheOctets()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.AppendAsync(Large, flags: "\\Deleted");
        await Wire.ConvergeAsync(one, other);
        await one.Account.CopyAsync(one.Inbox.Id, [one.View().Entries[0].Uid], one.Account.Find("Archive")!.Id);
        await other.Account.ExpungeAsync(other.Inbox.Id);
        await Wire.SendAsync(other, one);
        Assert.Equal(Large, one.Account.Content(one.View("Archive").Entries[0].Id).ToArray());
        await Wire.ConvergeAsync(one, other);

        Assert.Equal(Large, one.Account.Content(one.View("Archive").Entries[0].Id).ToArray());
        Assert.Equal(Large, other.Account.Content(other.View("Archive").Entries[0].Id).ToArray());
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Move_WhileTheOtherDeletes_Wins(bool movesFirst)
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.AppendAsync(Large, flags: "\\Deleted");
        await Wire.ConvergeAsync(one, other);
        var (mover, deleter) = movesFirst ? (one, other) : (other, one);
        await mover.Account.MoveAsync(mover.Inbox.Id, [mover.View().Entries[0].Uid], mover.Account.Find("Archive")!.Id);
        await deleter.Account.ExpungeAsync(deleter.Inbox.Id);
        await Wire.ConvergeAsync(one, other);

        Assert.Equal(Large, mover.Account.Content(mover.View("Archive").Entries[0].Id).ToArray());
        Assert.Equal(Large, deleter.Account.Content(deleter.View("Archive").Entries[0].Id).ToArray());
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Flags_ChangedWhileTheOtherDeletes_Lose(bool changesFirst)
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.AppendAsync(Large, flags: "\\Deleted");
        await Wire.ConvergeAsync(one, other);
        var (reader, deleter) = changesFirst ? (one, other) : (other, one);
        await reader.Account.ChangeFlagsAsync(reader.Inbox.Id, [reader.View().Entries[0].Uid], FlagChange.Replace, ["\\Seen"]);
        await deleter.Account.ExpungeAsync(deleter.Inbox.Id);
        await Wire.ConvergeAsync(one, other);

        Assert.Empty(reader.View().Entries);
        Assert.Empty(deleter.View().Entries);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task MoveOrCopy_OfWhatWasDeletedHere_HasItsOctetsFromHere(bool copies)
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.AppendAsync(Large, flags: "\\Deleted");
        await Wire.ConvergeAsync(one, other);
        var (uid, archive) = (one.View().Entries[0].Uid, one.Account.Find("Archive")!.Id);
        await (copies ? one.Account.CopyAsync(one.Inbox.Id, [uid], archive) : one.Account.MoveAsync(one.Inbox.Id, [uid], archive));
        await other.Account.ExpungeAsync(other.Inbox.Id);

        // After this the first device is never heard of again.
        await Wire.SendAsync(one, other);
        await other.Account.SettleAsync();

        Assert.Equal(Large, other.Account.Content(Assert.Single(other.View("Archive").Entries).Id).ToArray());
    }

    [Fact]
    public async Task Copies_DeletedOnBoth_AreCollectedAfterAMonth()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.AppendAsync(Large);
        await one.Account.CopyAsync(one.Inbox.Id, [new Uid(1)], one.Account.Find("Archive")!.Id);
        await Wire.ConvergeAsync(one, other);
        await one.Account.ChangeFlagsAsync(one.Inbox.Id, [new Uid(1)], FlagChange.Add, ["\\Deleted"]);
        await one.Account.ExpungeAsync(one.Inbox.Id);
        var archive = other.Account.Find("Archive")!.Id;
        await other.Account.ChangeFlagsAsync(archive, [other.View("Archive").Entries[0].Uid], FlagChange.Add, ["\\Deleted"]);
        await other.Account.ExpungeAsync(archive);
        await Wire.ConvergeAsync(one, other);
        Assert.Single(one.Documents("head"));

        one.Clock.Advance(TimeSpan.FromDays(31));
        await one.Account.SettleAsync();
        await Wire.ConvergeAsync(one, other);
        Assert.Empty(one.Documents("head"));
        Assert.Empty(one.Documents("cnt"));
        Assert.Empty(other.Documents("head"));
    }

    [Fact]
    public async Task Mailbox_MadeOnBoth_BecomesOne()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.Account.CreateMailboxAsync("Work");
        await other.Account.CreateMailboxAsync("Work");
        await one.AppendAsync(mailbox: "Work");
        await other.AppendAsync(mailbox: "Work");
        await Wire.ConvergeAsync(one, other);

        Assert.Single(one.Account.Mailboxes(), mailbox => mailbox.Name == "Work");
        Assert.Equal(2, one.View("Work").Entries.Count);
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Fact]
    public async Task Mailbox_DeletedWhileMailIsMovedThere_MailGoesToTheInbox()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        var work = await one.Account.CreateMailboxAsync("Work");
        await one.AppendAsync();
        await Wire.ConvergeAsync(one, other);
        await one.Account.MoveAsync(one.Inbox.Id, [one.View().Entries[0].Uid], work.Id);
        await other.Account.DeleteMailboxAsync("Work");
        await Wire.ConvergeAsync(one, other);

        Assert.Null(one.Account.Find("Work"));
        Assert.Single(one.View().Entries);
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Fact]
    public async Task Name_GivenUpOnOneSubscribedOnTheOther_StaysSubscribed()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.Account.CreateMailboxAsync("Work");
        await Wire.ConvergeAsync(one, other);
        await one.Account.RenameMailboxAsync("Work", "Play");
        await other.Account.SubscribeAsync("Work", true);
        await Wire.ConvergeAsync(one, other);

        Assert.False(one.Account.Find("Play")!.IsSubscribed);
        Assert.Contains("Work", one.Account.Subscriptions());
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Fact]
    public async Task Name_SubscribedOnBothUnsubscribedOnOne_IsNotSubscribed()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        await one.Account.CreateMailboxAsync("Work");
        await Wire.ConvergeAsync(one, other);
        await one.Account.SubscribeAsync("Work", true);
        await other.Account.SubscribeAsync("Work", true);
        await other.Account.SubscribeAsync("Work", false);
        await Wire.ConvergeAsync(one, other);

        // The later word holds: the second change of one device is later than the first of another.
        Assert.False(one.Account.Find("Work")!.IsSubscribed);
        Assert.Equal(Wire.Show(one), Wire.Show(other));
        Assert.Single(one.Documents("subscription"), document => document.Json!.Contains("\"Work\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Incoming_FiledOnBoth_IsOneMessage()
    {
        using var one = await MailHome.StartAsync();
        using var other = await MailHome.StartAsync();
        var wrapper = Encoding.UTF8.GetBytes("{\"incoming\":true}");
        foreach (var home in new[] { one, other })
        {
            var mail = new IncomingMail(home.Account.IncomingId(wrapper), Large, MailHome.Start, null);
            Assert.Equal(FiledAnswer.Filed, await home.Store.WriteAsync(tx => home.Account.FileIncoming(tx, mail)));
        }

        await one.Account.ChangeFlagsAsync(one.Inbox.Id, [new Uid(1)], FlagChange.Add, ["\\Seen"]);
        await Wire.ConvergeAsync(one, other);
        var entry = Assert.Single(other.View().Entries);
        Assert.True(entry.Has("\\Seen"));
        Assert.Equal(Large, other.Account.Content(entry.Id).ToArray());
        Assert.Equal(Wire.Show(one), Wire.Show(other));
    }

    [Fact]
    public async Task Anything_DoneOnBoth_Converges()
    {
        for (var seed = 1; seed <= 6; seed++)
        {
            using var one = await MailHome.StartAsync();
            using var other = await MailHome.StartAsync();
            var random = new Random(seed);
            for (var round = 0; round < 5; round++)
            {
                for (var act = 0; act < 8; act++)
                {
                    await ActAsync(random.Next(2) == 0 ? one : other, random);
                }

                await Wire.ConvergeAsync(one, other);
                Assert.Equal(Wire.Show(one), Wire.Show(other));
                one.Check();
                other.Check();
            }
        }
    }

    [Fact]
    public async Task Documents_OfUnknownForm_ArePassedOver()
    {
        using var home = await MailHome.StartAsync();
        await home.AppendAsync();
        foreach (var (id, json) in new[]
        {
            ("M-" + new string('1', 32), "{\"type\":\"flags\",\"v\":1}"),
            ("M-" + new string('2', 32), "{\"type\":\"flags\",\"v\":2,\"eid\":\"x\",\"head\":\"y\",\"mbox\":{}}"),
            ("M-short", "{\"type\":\"flags\",\"v\":1}"),
            ("H-" + new string('1', 32), "{\"type\":\"head\",\"v\":1,\"recipe\":[null],\"structure\":[null],\"headers_list\":[null],\"eid\":\"\",\"sha256\":\"\"}"),
            ("B-" + new string('1', 32), "{\"type\":\"mbox\",\"v\":1,\"uuid\":\"x\",\"mbox\":{\"v\":null},\"subscribed\":{}}"),
            ("S-" + new string('1', 32), "{\"type\":\"subscription\",\"v\":1,\"mbox\":\"\",\"subscribed\":{\"v\":true}}"),
            ("C-" + new string('1', 32) + ".0", "{\"type\":\"cnt\",\"raw\":7}"),
            ("M-" + new string('3', 32), "{\"type\":\"flags\",\"v\":1,\"eid\":\"x\",\"head\":\"H-" + new string('1', 32) + "\",\"mbox\":{\"v\":\"B-" + new string('1', 32) + "\",\"c\":9223372036854775807,\"d\":\"x\"},\"flags\":{\"a b\":{\"v\":true}}}"),
        })
        {
            await home.Store.WriteAsync(tx => tx.Create(id, json));
        }

        Assert.Single(home.View().Entries);
        await home.AppendAsync();
        Assert.Equal(2, home.View().Entries.Count);
    }

    private static async Task ActAsync(MailHome home, Random random)
    {
        var mailboxes = home.Account.Mailboxes();
        var mailbox = mailboxes[random.Next(mailboxes.Count)];
        var target = mailboxes[random.Next(mailboxes.Count)];
        var entries = home.Account.Open(mailbox.Id).Entries;
        IReadOnlyList<Uid> some = [.. entries.Where(_ => random.Next(2) == 0).Select(entry => entry.Uid)];
        switch (random.Next(10))
        {
            case 0 or 1 or 2:
                await home.Account.AppendAsync(mailbox.Id, random.Next(3) == 0 ? Large : MailHome.Mail("m" + random.Next()), ["$k"]);
                break;
            case 3:
                await home.Account.ChangeFlagsAsync(mailbox.Id, some, (FlagChange)random.Next(3), ["\\Seen", "\\Flagged"]);
                break;
            case 4:
                await home.Account.ChangeFlagsAsync(mailbox.Id, some, FlagChange.Add, ["\\Deleted"]);
                break;
            case 5:
                await home.Account.ExpungeAsync(mailbox.Id);
                break;
            case 6:
                await home.Account.CopyAsync(mailbox.Id, some, target.Id);
                break;
            case 7:
                await home.Account.MoveAsync(mailbox.Id, some, target.Id);
                break;
            case 8 when home.Account.Find("Box" + random.Next(3)) is { } box:
                await home.Account.DeleteMailboxAsync(box.Name);
                break;
            default:
                var name = "Box" + random.Next(3);
                await (home.Account.Find(name) is null && random.Next(2) == 0 ? home.Account.CreateMailboxAsync(name) : home.Account.Find(name) is null ? home.Account.SubscribeAsync(name, false) : home.Account.SubscribeAsync(name, random.Next(2) == 0));
                break;
        }
    }
}
