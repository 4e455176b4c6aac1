using System.Text;
using Bitmask.Smtp;

namespace Bitmask.Mail.Pipelines.Tests.Outgoing;

/// <summary>What the local submission takes, and what a 250 means.</summary>
public class AcceptTests
{
    private const string Mail = "From: Alice <ALICE@red.test>\r\nTo: bob@blue.test\r\nSubject: Tulips\r\n\r\nbody\r\n";

    [Fact]
    public async Task Accept_Good_IsOnDiskWithDateAndMessageId()
    {
        await using var world = await World.StartAsync();

        var reply = await world.Alice.SubmitAsync(Mail, "bob@blue.test", "bob@blue.test", "carol@red.test");

        Assert.Equal(250, reply.Code);
        world.Alice.Restart();
        var item = Assert.Single(world.Alice.Account.Outbox.All());
        Assert.Contains(item.Id.ToString(), reply.Text, StringComparison.Ordinal);
        Assert.Equal(["bob@blue.test", "carol@red.test"], item.Recipients.Select(recipient => recipient.Address.Address));
        var raw = Encoding.UTF8.GetString(world.Alice.Account.Outbox.Content(item.Id).Span);
        Assert.Matches("^From: Alice <ALICE@red.test>\r\nTo: bob@blue.test\r\nSubject: Tulips\r\nDate: Tue, 24 Nov 2026 12:00:00 \\+0000\r\nMessage-ID: <[0-9a-f]{32}@red.test>\r\nBcc: carol@red.test\r\n\r\nbody\r\n$", raw);
    }

    [Fact]
    public async Task Accept_CrashAtTheCommit_IsNoAcceptance()
    {
        await using var world = await World.StartAsync();
        world.Alice.OnCommitting = _ => throw new InvalidOperationException("crash");

        await Assert.ThrowsAnyAsync<Exception>(() => world.Alice.SubmitAsync(Mail, "bob@blue.test"));

        world.Alice.OnCommitting = null;
        world.Alice.Restart();
        Assert.Empty(world.Alice.Account.Outbox.All());
    }

    [Theory]
    [InlineData("From: bob@blue.test\r\n\r\nx\r\n", 550)]
    [InlineData("From: bob+alice@red.test\r\n\r\nx\r\n", 550)]
    [InlineData("From: alice@red.test\r\nFrom: alice@red.test\r\n\r\nx\r\n", 550)]
    [InlineData("From: alice@red.test, bob@blue.test\r\n\r\nx\r\n", 550)]
    [InlineData("Subject: no author\r\n\r\nx\r\n", 550)]
    [InlineData("just words\r\n", 554)]
    [InlineData("", 554)]
    public async Task Accept_NotTheAccountsOwn_IsRefused(string mail, int code)
    {
        await using var world = await World.StartAsync();

        Assert.Equal(code, (await world.Alice.SubmitAsync(mail, "bob@blue.test")).Code);
        Assert.Empty(world.Alice.Account.Outbox.All());
    }

    [Fact]
    public async Task Accept_WithASuffix_LeavesAndArrivesUnderIt_SignedByTheAccount()
    {
        await using var world = await World.StartAsync();
        var transaction = new SmtpTransaction { AuthenticatedUser = "alice@red.test", ReversePath = "alice+news@red.test", Message = World.Octets("From: alice+news@red.test\r\nTo: bob@blue.test\r\n\r\nx\r\n") };
        transaction.Recipients.Add(new SmtpRecipient("bob@blue.test"));

        Assert.Equal(250, (await world.Alice.Outgoing.AcceptAsync(transaction)).Code);

        Assert.Equal("alice+news@red.test", world.Alice.Account.Outbox.All()[0].ReversePath.Address);
        await world.Alice.Outgoing.WorkAsync();
        var entry = await world.ReceiveAsync(world.Alice.Relay.CopyFor("bob@blue.test"));
        var facts = world.Bob.Account.Security(entry)!;
        Assert.Equal(("alice+news@red.test", world.Alice.Certificate.Fingerprint.Value), (facts.From, facts.Signer));
    }

    [Theory]
    [InlineData("Alice@red.test", 250)]
    [InlineData("alice+news@red.test", 250)]
    [InlineData("alice+news@blue.test", 553)]
    [InlineData("bob@blue.test", 553)]
    [InlineData("", 553)]
    [InlineData("\"alice\"@red.test", 553)]
    public async Task CheckSender_MustBeTheAccount(string reversePath, int code)
    {
        await using var world = await World.StartAsync();

        Assert.Equal(code, world.Alice.Outgoing.CheckSender(new SmtpTransaction { ReversePath = reversePath }).Code);
    }

    [Theory]
    [InlineData("bob@blue.test", 250)]
    [InlineData("postmaster", 553)]
    [InlineData("\"a b\"@blue.test", 553)]
    [InlineData("bob@[127.0.0.1]", 553)]
    public void CheckRecipient_MustBeAnAddress(string recipient, int code) => Assert.Equal(code, OutgoingPipeline.CheckRecipient(new SmtpRecipient(recipient)).Code);

    [Fact]
    public async Task Accept_WhileThePipelineIsLocked_SaysWhatIsOnDisk()
    {
        await using var world = await World.StartAsync();
        world.Alice.Outgoing.Dispose();

        // A refusal would make the mail program send it again, and the recipients get it twice.
        Assert.Equal(250, (await world.Alice.SubmitAsync(Mail, "bob@blue.test")).Code);
        Assert.Single(world.Alice.Account.Outbox.All());
    }

    [Fact]
    public async Task Door_LockedAccount_SaysLater()
    {
        var door = new SubmissionDoor((_, _, _) => ValueTask.FromResult(SmtpReply.AuthenticationOk), _ => null);
        var transaction = new SmtpTransaction { AuthenticatedUser = "alice@red.test", ReversePath = "alice@red.test" };

        Assert.Equal(454, (await door.CheckSenderAsync(transaction, default)).Code);
        Assert.Equal(454, (await door.AcceptAsync(transaction, default)).Code);
    }

    [Fact]
    public async Task Door_OpenAccount_LeadsToItsOutbox()
    {
        await using var world = await World.StartAsync();
        var door = new SubmissionDoor((_, _, _) => ValueTask.FromResult(SmtpReply.AuthenticationOk), address => address.Equals(world.Alice.Address) ? world.Alice.Outgoing : null);
        var transaction = new SmtpTransaction { AuthenticatedUser = "alice@red.test", ReversePath = "alice@red.test", Message = World.Octets(Mail) };
        transaction.Recipients.Add(new SmtpRecipient("bob@blue.test"));

        Assert.Equal(250, (await door.CheckSenderAsync(transaction, default)).Code);
        Assert.Equal(250, (await door.AcceptAsync(transaction, default)).Code);
        Assert.Single(world.Alice.Account.Outbox.All());
        Assert.Empty(world.Bob.Account.Outbox.All());
    }
}
