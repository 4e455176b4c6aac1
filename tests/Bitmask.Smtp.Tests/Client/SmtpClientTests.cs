using System.Text;
using Bitmask.Smtp.Client;
using Bitmask.Smtp.Server;

namespace Bitmask.Smtp.Tests.Client;

/// <summary>The client against our own server.</summary>
public class SmtpClientTests
{
    private static readonly byte[] Mail = Encoding.UTF8.GetBytes("Subject: hi\r\n\r\n.dots\r\n..and more\r\nä\r\n");

    [Fact]
    public async Task Send_SeveralRecipients_AnswersEachInOrder()
    {
        var loop = new Loop();
        await using var client = await loop.ConnectAsync();

        var answers = await client.SendAsync(new SmtpEnvelope("bob@blue.test", ["alice@red.test", "nobody@red.test", "broken@red.test", "carol@red.test"], "out 1+"), Mail);

        Assert.Equal([250, 550, 451, 250], answers.Select(answer => answer.Code));
        Assert.Equal("5.1.1", answers[1].EnhancedCode);
        var (transaction, message) = Assert.Single(loop.Sink.Accepted);
        Assert.Equal(Mail, message);
        Assert.Equal("out 1+", transaction.EnvelopeId);
        Assert.Equal(["alice@red.test", "carol@red.test"], transaction.Recipients.Select(recipient => recipient.Address));
        Assert.Equal((Mail.Length, true), (transaction.DeclaredSize, transaction.Is8Bit));
    }

    [Fact]
    public async Task Send_TwoMails_UseOneConnection()
    {
        var loop = new Loop();
        await using (var client = await loop.ConnectAsync())
        {
            await client.SendAsync(new SmtpEnvelope("bob@blue.test", ["alice@red.test"]), Mail);
            await client.SendAsync(new SmtpEnvelope("", ["alice@red.test"]), Mail);
        }

        await loop.Session.WaitAsync(TimeSpan.FromSeconds(90));
        Assert.Equal(["bob@blue.test", ""], loop.Sink.Accepted.Select(mail => mail.Transaction.ReversePath));
    }

    [Fact]
    public async Task Send_NoRecipientAccepted_KeepsConnection()
    {
        var loop = new Loop();
        await using var client = await loop.ConnectAsync();

        var answers = await client.SendAsync(new SmtpEnvelope("bob@blue.test", ["nobody@red.test"]), Mail);

        Assert.Equal(550, Assert.Single(answers).Code);
        Assert.True(client.IsAlive);
        Assert.True((await client.SendAsync(new SmtpEnvelope("bob@blue.test", ["alice@red.test"]), Mail))[0].IsPositive);
    }

    [Fact]
    public async Task Send_RefusedSender_ThrowsCommandExceptionAndKeepsConnection()
    {
        var loop = new Loop();
        await using var client = await loop.ConnectAsync();

        var refused = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendAsync(new SmtpEnvelope("mallory@blue.test", ["alice@red.test"]), Mail));

        Assert.Equal((553, false), (refused.Reply.Code, refused.IsTransient));
        Assert.True(client.IsAlive);
        Assert.True((await client.SendAsync(new SmtpEnvelope("bob@blue.test", ["alice@red.test"]), Mail))[0].IsPositive);
    }

    [Fact]
    public async Task Send_TooBig_IsRefusedBeforeItTravels()
    {
        var loop = new Loop(new SmtpServerOptions { MaxMessageOctets = 10 });
        await using var client = await loop.ConnectAsync();

        var refused = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendAsync(new SmtpEnvelope("bob@blue.test", ["alice@red.test"]), Mail));

        Assert.Equal(552, refused.Reply.Code);
    }

    [Fact]
    public async Task Send_LargeMessageManyRecipients_ArrivesWhole()
    {
        var loop = new Loop();
        await using var client = await loop.ConnectAsync();
        var line = Encoding.ASCII.GetBytes("." + new string('x', 74) + "\r\n");
        var message = Enumerable.Range(0, 40_000).SelectMany(_ => line).ToArray();

        var answers = await client.SendAsync(new SmtpEnvelope("bob@blue.test", [.. Enumerable.Range(0, 900).Select(i => $"user{i}@red.test")]), message);

        Assert.All(answers, answer => Assert.True(answer.IsPositive));
        Assert.Equal(message, loop.Sink.Accepted[0].Message);
    }

    [Theory]
    [InlineData("a\nb\r\n")]
    [InlineData("a\rb\r\n")]
    [InlineData("a\r\n.\n")]
    [InlineData("a\r")]
    public async Task Send_BareLineBreak_IsRefusedHere(string message)
    {
        var loop = new Loop();
        await using var client = await loop.ConnectAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => client.SendAsync(new SmtpEnvelope("bob@blue.test", ["alice@red.test"]), Encoding.ASCII.GetBytes(message)));

        Assert.Empty(loop.Sink.Accepted);
    }

    [Theory]
    [InlineData("alice@red.test>\r\nRCPT TO:<eve@red.test")]
    [InlineData("alice@red.test> NOTIFY=NEVER")]
    [InlineData("alice")]
    [InlineData("")]
    public async Task Send_InjectionInAddress_IsRefusedHere(string recipient)
    {
        var loop = new Loop();
        await using var client = await loop.ConnectAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => client.SendAsync(new SmtpEnvelope("bob@blue.test", [recipient]), Mail));
    }

    [Fact]
    public async Task Send_NonAsciiAddress_AsksForSmtpUtf8()
    {
        var loop = new Loop();
        await using var client = await loop.ConnectAsync();

        await client.SendAsync(new SmtpEnvelope("böb@blue.test", ["älice@red.test"]), Mail);

        Assert.True(loop.Sink.Accepted[0].Transaction.SmtpUtf8);
    }

    [Fact]
    public async Task Send_MessageWithoutLastLineEnd_GetsOne()
    {
        var loop = new Loop();
        await using var client = await loop.ConnectAsync();

        await client.SendAsync(new SmtpEnvelope("bob@blue.test", ["alice@red.test"]), "Subject: x\r\n\r\nend"u8.ToArray());

        Assert.Equal("Subject: x\r\n\r\nend\r\n", Encoding.ASCII.GetString(loop.Sink.Accepted[0].Message));
    }
}
