using Bitmask.Primitives;

namespace Bitmask.Mail.Tests;

public class OutboxTests
{
    private static readonly EmailAddress Alice = EmailAddress.Parse("alice@red.test");
    private static readonly EmailAddress Bob = EmailAddress.Parse("bob@blue.test");
    private static readonly EmailAddress Carol = EmailAddress.Parse("Carol@green.test");
    private static readonly Fingerprint Key = Fingerprint.Parse(new string('A', 40));
    private static readonly Fingerprint OtherKey = Fingerprint.Parse(new string('B', 40));

    [Fact]
    public async Task Add_Mail_IsThereAfterReopening()
    {
        using var home = new MailHome();
        var added = await home.Account.Outbox.AddAsync(Alice, [Bob, Carol, EmailAddress.Parse("BOB@blue.test")], MailHome.Mail());
        home.Reopen();

        var item = Assert.Single(home.Account.Outbox.Due(MailHome.Start));
        Assert.Equal((added.Id, Alice, MailHome.Start, (long)MailHome.Mail().Length), (item.Id, item.ReversePath, item.Accepted, item.Size));
        Assert.Equal(["bob@blue.test", "Carol@green.test"], item.Recipients.Select(recipient => recipient.Address.Address));
        Assert.Equal(MailHome.Mail(), home.Account.Outbox.Content(item.Id).ToArray());
        Assert.Equal(item.Id, OutboxId.Parse(item.Id.ToString()));
    }

    [Fact]
    public async Task Add_WithoutRecipient_IsRefused()
    {
        using var home = new MailHome();
        await Assert.ThrowsAsync<ArgumentException>(() => home.Account.Outbox.AddAsync(Alice, [], MailHome.Mail()));
    }

    [Fact]
    public async Task Decide_Again_NeverBecomesWeakerNorChangesTheKey()
    {
        using var home = new MailHome();
        var outbox = home.Account.Outbox;
        var id = (await outbox.AddAsync(Alice, [Bob], MailHome.Mail())).Id;
        var plain = new OutboxDecision(OutboxDecisionKind.PolicyPlain, null, MailHome.Start);
        var encrypt = new OutboxDecision(OutboxDecisionKind.Encrypt, Key, MailHome.Start);

        Assert.Equal(plain, await outbox.DecideAsync(id, Bob, plain));
        Assert.Equal(plain, await outbox.DecideAsync(id, Bob, plain with { Kind = OutboxDecisionKind.PlainAllowedByUser }));
        Assert.Equal(encrypt, await outbox.DecideAsync(id, Bob, encrypt));
        Assert.Equal(encrypt, await outbox.DecideAsync(id, Bob, plain));
        Assert.Equal(encrypt, await outbox.DecideAsync(id, Bob, encrypt with { Fingerprint = OtherKey }));
        home.Reopen();
        Assert.Equal(encrypt, home.Account.Outbox.Find(id)!.Recipients[0].Decision);
    }

    [Fact]
    public async Task Release_HeldRecipient_IsDueWithTheNewDecision()
    {
        using var home = new MailHome();
        var outbox = home.Account.Outbox;
        var item = await outbox.AddAsync(Alice, [Bob], MailHome.Mail());
        await outbox.DecideAsync(item.Id, Bob, new OutboxDecision(OutboxDecisionKind.Encrypt, Key, MailHome.Start));
        await outbox.UpdateAsync(item.Id, [item.Recipients[0] with { State = OutboxState.Held, NextAttempt = MailHome.Start.AddDays(1), Reason = "The key changed." }]);
        Assert.Empty(outbox.Due(MailHome.Start));

        var released = new OutboxDecision(OutboxDecisionKind.Encrypt, OtherKey, MailHome.Start);
        Assert.Equal(released, await outbox.ReleaseAsync(item.Id, Bob, released));
        var due = Assert.Single(outbox.Due(MailHome.Start)).Recipients[0];
        Assert.Equal((OutboxState.Waiting, released, (string?)null), (due.State, due.Decision, due.Reason));
    }

    [Fact]
    public async Task Due_AfterUpdate_FollowsTheNextAttempt()
    {
        using var home = new MailHome();
        var outbox = home.Account.Outbox;
        var item = await outbox.AddAsync(Alice, [Bob, Carol], MailHome.Mail());
        await outbox.UpdateAsync(item.Id,
        [
            item.Recipients[0] with { State = OutboxState.Relayed, NextAttempt = MailHome.Start },
            item.Recipients[1] with { Attempts = 1, NextAttempt = MailHome.Start.AddMinutes(5), Reason = "451 later" },
        ]);

        Assert.Empty(outbox.Due(MailHome.Start.AddMinutes(4)));
        Assert.Equal(MailHome.Start.AddMinutes(5), outbox.NextAttempt());
        var due = Assert.Single(outbox.Due(MailHome.Start.AddMinutes(5)));
        Assert.False(due.IsDone);
        Assert.Equal(("451 later", 1), (due.Recipients[1].Reason, due.Recipients[1].Attempts));
        await outbox.UpdateAsync(item.Id, [due.Recipients[1] with { State = OutboxState.Failed, Notified = true }]);
        Assert.True(outbox.Find(item.Id)!.IsDone);
        Assert.Null(outbox.NextAttempt());
    }

    [Fact]
    public async Task Remove_Mail_LeavesNothing()
    {
        using var home = new MailHome();
        var item = await home.Account.Outbox.AddAsync(Alice, [Bob], MailHome.Mail());
        await home.Account.Outbox.RemoveAsync(item.Id);
        Assert.Empty(home.Account.Outbox.All());
        Assert.Throws<MailException>(() => home.Account.Outbox.Content(item.Id));
        Assert.Equal([MailChangeKind.OutboxChanged, MailChangeKind.OutboxChanged], home.Account.Changes.Since(0).Select(change => change.Kind));
    }
}
