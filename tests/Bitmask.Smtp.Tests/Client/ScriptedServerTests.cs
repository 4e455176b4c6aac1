using Bitmask.Primitives;
using Bitmask.Smtp.Client;
using Bitmask.Testing.Dialogues;

namespace Bitmask.Smtp.Tests.Client;

/// <summary>The client against servers that our own would never be. In the dialogues the runner plays the server, so its lines are marked C.</summary>
public class ScriptedServerTests
{
    private static readonly byte[] Mail = "Subject: hi\r\n\r\n.\r\n"u8.ToArray();

    [Fact]
    public async Task Send_NoPipelining_WaitsForEachAnswer()
    {
        var answers = await SendAsync("""
            C: 220-mx
            C: 220 mx
            S: EHLO localhost
            C: 500 what?
            S: HELO localhost
            C: 250 mx
            S: MAIL FROM:<bob@blue.test>
            C: 250 ok
            S: RCPT TO:<a@red.test>
            C: 550-5.1.1 No such user,
            C: 550 5.1.1 really
            S: RCPT TO:<b@red.test>
            C: 251 forwarded
            S: DATA
            C: 354 go
            S: Subject: hi
            S: 
            S: ..
            S: .
            C: 250 2.0.0 queued
            S: QUIT
            """, "a@red.test", "b@red.test");

        Assert.Equal(new SmtpReply(550, "5.1.1", "No such user,\nreally"), answers[0]);
        Assert.Equal(new SmtpReply(250, "2.0.0", "queued"), answers[1]);
    }

    [Fact]
    public async Task Send_PipelinedDataAcceptedForNobody_SendsNothingOfTheMail()
    {
        var answers = await SendAsync("""
            C: 220 mx
            S: EHLO localhost
            C: 250-mx
            C: 250 PIPELINING
            S: MAIL FROM:<bob@blue.test>
            S: RCPT TO:<a@red.test>
            S: DATA
            C: 250 ok
            C: 550 5.1.1 no
            C: 354 go
            S: .
            C: 554 no valid recipients
            S: RSET
            C: 250 ok
            S: QUIT
            """, "a@red.test");

        Assert.Equal(550, answers[0].Code);
    }

    [Fact]
    public async Task Send_RefusalAfterData_IsEachRecipientsAnswer()
    {
        var answers = await SendAsync("""
            C: 220 mx
            S: EHLO localhost
            C: 250 mx
            S: MAIL FROM:<bob@blue.test>
            C: 250 ok
            S: RCPT TO:<a@red.test>
            C: 250 ok
            S: DATA
            C: 354 go
            S? .
            C: 452 4.2.2 full
            S: RSET
            C: [close]
            """, "a@red.test");

        Assert.Equal((452, true), (answers[0].Code, answers[0].IsTransient));
    }

    [Theory]
    [InlineData("C: HTTP/1.1 200 OK")]
    [InlineData("C: 999 what")]
    [InlineData("C: 220-one\nC: 250 two")]
    [InlineData("C: 220-one\nC: [close]")]
    [InlineData("C: [close]")]
    [InlineData("C: 220 mx\nS: EHLO localhost\nC: [close]")]
    public async Task Connect_NotSmtp_ThrowsTransientProtocolException(string dialogue)
    {
        var fault = await Assert.ThrowsAsync<SmtpProtocolException>(() => SendAsync(dialogue, "a@red.test"));

        Assert.True(fault.IsTransient);
    }

    [Fact]
    public async Task Connect_ServerTooBusy_ThrowsTransientCommandException()
    {
        var fault = await Assert.ThrowsAsync<SmtpCommandException>(() => SendAsync("C: 421 4.3.2 later", "a@red.test"));

        Assert.True(fault.IsTransient);
    }

    [Fact]
    public async Task Connect_OctetsAfterStartTls_AreRefused()
    {
        // Two lines in one piece: the second came in clear and would be read as if it were encrypted (RFC 3207 §6).
        await Assert.ThrowsAsync<SmtpProtocolException>(() => SendAsync("""
            C: 220 mx
            S: EHLO localhost
            C: 250-mx
            C: 250 STARTTLS
            S: STARTTLS
            C: 220 go
            C: 250-injected
            """, "a@red.test"));
    }

    [Fact]
    public async Task Connect_StartTlsRequiredButStripped_SendsNothing()
    {
        await Assert.ThrowsAsync<SmtpProtocolException>(() => SendAsync("C: 220 mx\nS: EHLO localhost\nC: 250 mx", SmtpTlsMode.StartTlsRequired, "a@red.test"));
    }

    [Fact]
    public async Task Send_SilentServer_TimesOut()
    {
        var fault = await Assert.ThrowsAsync<SmtpProtocolException>(() => SendAsync("C: 220 mx\nS: EHLO localhost\nT: 5m", "a@red.test"));

        Assert.Contains("in time", fault.Message, StringComparison.Ordinal);
    }

    private static Task<IReadOnlyList<SmtpReply>> SendAsync(string dialogue, params string[] recipients) => SendAsync(dialogue, SmtpTlsMode.StartTlsIfOffered, recipients);

    private static async Task<IReadOnlyList<SmtpReply>> SendAsync(string dialogue, SmtpTlsMode tls, params string[] recipients)
    {
        var pipes = new PipePair();
        var clock = new DialogueClock();
        var server = DialogueRunner.RunAsync(Dialogue.Parse("scripted", dialogue), pipes.Client, clock);
        try
        {
            await using var client = await SmtpClient.ConnectAsync(new SmtpEndpoint("mx.red.test", 25, tls), new DuplexPipeStream(pipes.Server), clock);
            return await client.SendAsync(new SmtpEnvelope("bob@blue.test", recipients), Mail);
        }
        finally
        {
            await server;
        }
    }
}
