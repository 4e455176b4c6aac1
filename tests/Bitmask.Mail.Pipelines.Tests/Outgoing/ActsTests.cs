using System.Text;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>What the user does with a mail before and after it is handed in: preflight, hold and release, undo, schedule, take back, edit.</summary>
public class ActsTests
{
    private const string Mail = "From: alice@red.test\r\nTo: bob@blue.test\r\nSubject: Tulips\r\nMessage-ID: <1@red.test>\r\n\r\nThe marker.\r\n";

    [Fact]
    public async Task Preflight_TellsForEachRecipientWhatWillHappen()
    {
        await using var world = await World.StartAsync();
        await using var carol = await Person.StartAsync("carol@red.test", world.Directory, world.Clock);
        using var expired = OpenPgp.Secret.OpenPgpSecretKey.Generate(Primitives.EmailAddress.Parse("old@blue.test"), world.Clock.GetUtcNow().AddYears(-5));
        world.Directory.Certificates["old@blue.test"] = expired.Certificate;
        await world.Alice.Keys.ImportAsync(carol.Certificate, carol.Address);

        var told = await world.Alice.Outgoing.PreflightAsync(["bob@blue.test", "carol@red.test", "eve@plain.test", "old@blue.test", "nobody"]);
        world.Directory.IsDown = true;
        var later = await world.Alice.Outgoing.PreflightAsync(["dave@blue.test"]);
        var strict = await world.Alice.Outgoing.PreflightAsync(["eve@plain.test"], OutboxPolicy.EncryptedOnly);

        Assert.Equal(["out.known", "out.confirmed", "out.none", "out.expired", "out.invalid"], told.Select(one => one.Code));
        Assert.Equal([world.Bob.Certificate.Fingerprint, carol.Certificate.Fingerprint], told.Take(2).Select(one => one.Fingerprint!.Value));
        Assert.Equal(["out.checking", "out.policy"], [later[0].Code, strict[0].Code]);
        Assert.Empty(world.Alice.Account.Outbox.All());
    }

    [Fact]
    public async Task EncryptedOnly_WithoutAKey_IsHeldUntilTheUserReleasesIt()
    {
        await using var world = await World.StartAsync();
        world.Alice.Sending.Policy = OutboxPolicy.EncryptedOnly;
        await world.Alice.SubmitAsync(Mail, "eve@plain.test", "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        var item = Assert.Single(world.Alice.Account.Outbox.All());
        Assert.Equal([OutboxState.Held, OutboxState.Relayed], item.Recipients.Select(recipient => recipient.State));
        Assert.Contains("encrypted only", world.Alice.Text(Assert.Single(world.Alice.Inbox())), StringComparison.Ordinal);

        var eve = item.Recipients[0].Address;
        Assert.Contains("encrypted only", await world.Alice.Outgoing.ReleaseAsync(item.Id, eve, inClear: false), StringComparison.Ordinal);
        Assert.Null(await world.Alice.Outgoing.ReleaseAsync(item.Id, eve, inClear: true));
        await world.Alice.Outgoing.WorkAsync();

        Assert.Contains("The marker.", Encoding.UTF8.GetString(world.Alice.Relay.CopyFor("eve@plain.test")), StringComparison.Ordinal);
        Assert.Empty(world.Alice.Account.Outbox.All());
    }

    [Fact]
    public async Task HeldForAChangedKey_ReleasedLeavesEncryptedToTheNewOne()
    {
        await using var world = await World.StartAsync();
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        using var other = OpenPgp.Secret.OpenPgpSecretKey.Generate(world.Bob.Address, world.Clock.GetUtcNow());
        await world.Alice.Keys.ImportAsync(other.Certificate, world.Bob.Address);
        world.Alice.Relay.IsDown = false;
        var item = world.Alice.Account.Outbox.All()[0];
        await world.Alice.Outgoing.RetryAsync(item.Id);
        await world.Alice.Outgoing.WorkAsync();
        Assert.Equal(OutboxState.Held, world.Alice.Account.Outbox.All()[0].Recipients[0].State);

        Assert.Null(await world.Alice.Outgoing.ReleaseAsync(item.Id, world.Bob.Address, inClear: false));
        await world.Alice.Outgoing.WorkAsync();

        Assert.DoesNotContain("The marker.", Encoding.UTF8.GetString(world.Alice.Relay.CopyFor("bob@blue.test")), StringComparison.Ordinal);
        Assert.Empty(world.Alice.Account.Outbox.All());
    }

    [Fact]
    public async Task UndoWindow_NothingLeavesBefore_AndTakenBackNothingIsLeft()
    {
        await using var world = await World.StartAsync();
        world.Alice.Sending.UndoWindow = TimeSpan.FromSeconds(10);
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.SubmitAsync(Mail.Replace("<1@", "<2@", StringComparison.Ordinal), "bob@blue.test");
        await world.Alice.Outgoing.WorkAsync();
        Assert.Empty(world.Alice.Relay.Taken);
        Assert.Equal(2, Sent(world.Alice).Count);
        Assert.Equal(world.Clock.GetUtcNow() + world.Alice.Sending.UndoWindow, world.Alice.Account.Outbox.NextAttempt());

        var answer = await world.Alice.Outgoing.WithdrawAsync(world.Alice.Account.Outbox.All()[0].Id, toDrafts: false);
        world.Clock.Advance(TimeSpan.FromSeconds(10));
        await world.Alice.Outgoing.WorkAsync();

        Assert.Equal((0, null), (answer!.Relayed.Count, answer.Draft));
        Assert.Single(world.Alice.Relay.Taken);
        Assert.Single(Sent(world.Alice));
        Assert.Empty(world.Alice.Account.Check());
    }

    [Fact]
    public async Task Schedule_LeavesAtItsTime_AlsoAfterARestart()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        var id = world.Alice.Account.Outbox.All()[0].Id;
        var time = world.Clock.GetUtcNow().AddMonths(3);
        await world.Alice.Outgoing.ScheduleAsync(id, time);
        world.Alice.Restart();
        await world.Alice.Outgoing.WorkAsync();
        Assert.Empty(world.Alice.Relay.Taken);
        Assert.Equal(time, world.Alice.Account.Outbox.NextAttempt());

        await world.Alice.Outgoing.RetryAsync(id);
        await world.Alice.Outgoing.WorkAsync();
        Assert.Empty(world.Alice.Relay.Taken); // a retry is no new schedule

        world.Clock.AdjustTime(time);
        await world.Alice.Outgoing.WorkAsync();
        Assert.Single(world.Alice.Relay.Taken);
    }

    [Fact]
    public async Task Edit_MakesADraftThatNamesTheHiddenOnes()
    {
        await using var world = await World.StartAsync();
        world.Alice.Relay.IsDown = true;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test", "carol@red.test");
        await world.Alice.Outgoing.WorkAsync();
        Assert.Single(Sent(world.Alice));

        var answer = await world.Alice.Outgoing.WithdrawAsync(world.Alice.Account.Outbox.All()[0].Id, toDrafts: true);

        var draft = Assert.Single(In(world.Alice, SpecialUse.Drafts));
        Assert.Equal(answer!.Draft, draft.Id);
        Assert.True(draft.Has(MessageFlags.Draft));
        var text = world.Alice.Text(draft.Id);
        Assert.Contains("Bcc: carol@red.test\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\nThe marker.\r\n", text, StringComparison.Ordinal);
        Assert.Empty(Sent(world.Alice));
        Assert.Empty(world.Alice.Account.Outbox.All());
        Assert.Empty(world.Alice.Account.Check());
        await Assert.ThrowsAsync<MailException>(() => world.Alice.Outgoing.WithdrawAsync(OutboxId.New(), toDrafts: true));
    }

    [Fact]
    public async Task TakenBack_WhenSomeHaveIt_TheyAreNamedAndTheCopyStays()
    {
        await using var world = await World.StartAsync();
        await world.Alice.SubmitAsync(Mail, "bob@blue.test", "later@plain.test");
        await world.Alice.Outgoing.WorkAsync();

        var answer = await world.Alice.Outgoing.WithdrawAsync(world.Alice.Account.Outbox.All()[0].Id, toDrafts: false);

        Assert.Equal(["bob@blue.test"], answer!.Relayed.Select(address => address.Address));
        Assert.Single(Sent(world.Alice));
        Assert.Empty(world.Alice.Account.Outbox.All());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CopyInSent_IsThereOnce_WhicheverComesFirst(bool programFirst)
    {
        await using var world = await World.StartAsync();
        var sent = world.Alice.Account.FindSpecial(SpecialUse.Sent)!.Id;
        var own = World.Octets(Mail.Replace("Subject", "X-Program: kept its own\r\nSubject", StringComparison.Ordinal));
        if (programFirst)
        {
            await world.Alice.Account.AppendAsync(sent, own, [MessageFlags.Seen]);
        }

        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        if (!programFirst)
        {
            Assert.Equal(Mail.ReplaceLineEndings("\r\n"), string.Concat(world.Alice.Text(Assert.Single(Sent(world.Alice)).Id).Split("Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n")));
            await world.Alice.Account.AppendAsync(sent, own, [MessageFlags.Seen]);
        }

        Assert.Contains("X-Program", world.Alice.Text(Assert.Single(Sent(world.Alice)).Id), StringComparison.Ordinal);
        await world.Alice.Account.AppendAsync(sent, own, [MessageFlags.Seen]);
        Assert.Equal(2, Sent(world.Alice).Count); // what a program puts there twice is there twice
        Assert.Empty(world.Alice.Account.Check());
    }

    [Fact]
    public async Task CopyInSent_FlaggedByTheUser_Stays()
    {
        await using var world = await World.StartAsync();
        var sent = world.Alice.Account.FindSpecial(SpecialUse.Sent)!.Id;
        await world.Alice.SubmitAsync(Mail, "bob@blue.test");
        await world.Alice.Account.ChangeFlagsAsync(sent, [Sent(world.Alice)[0].Uid], FlagChange.Add, [MessageFlags.Flagged]);

        await world.Alice.Account.AppendAsync(sent, World.Octets(Mail), [MessageFlags.Seen]);

        Assert.Equal(2, Sent(world.Alice).Count);
    }

    [Fact]
    public async Task CopyInSent_NotWanted_IsNotThere()
    {
        await using var world = await World.StartAsync();
        world.Alice.Sending.KeepCopy = false;

        await world.Alice.SubmitAsync(Mail, "bob@blue.test");

        Assert.Empty(Sent(world.Alice));
        Assert.Single(world.Alice.Account.Outbox.All());
    }

    private static IReadOnlyList<MessageEntry> Sent(Person person) => In(person, SpecialUse.Sent);

    private static IReadOnlyList<MessageEntry> In(Person person, string use) => [.. person.Account.Open(person.Account.FindSpecial(use)!.Id).Entries];
}
