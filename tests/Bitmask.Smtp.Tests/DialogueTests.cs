using System.Net;
using System.Text;
using Bitmask.Smtp.Server;
using Bitmask.Smtp.Tests.Server;
using Bitmask.Testing.Dialogues;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Smtp.Tests;

/// <summary>Every file of <c>Dialogues/</c> against the server. Settings: auth, tls, max, recipients, errors, accepted (how many mails), message (escaped, the last one's octets).</summary>
public class DialogueTests
{
    private const string Project = "Bitmask.Smtp.Tests";

    public static IEnumerable<object[]> Files => Dialogue.Names(Project);

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Dialogue_OfFile_GoesAsWritten(string name)
    {
        var dialogue = Dialogue.Read(Project, name);
        var options = new SmtpServerOptions { GreetingHost = "mx.red.test" };
        if (dialogue.Settings.TryGetValue("auth", out var auth))
        {
            options.Authentication = Enum.Parse<SmtpAuthentication>(auth, ignoreCase: true);
        }

        if (dialogue.Settings.TryGetValue("tls", out var tls))
        {
            options.Tls = Enum.Parse<SmtpServerTls>(tls, ignoreCase: true);
        }

        options.MaxMessageOctets = Number("max", options.MaxMessageOctets);
        options.MaxRecipients = Number("recipients", options.MaxRecipients);
        options.MaxErrors = Number("errors", options.MaxErrors);
        var sink = new ScriptedSink();
        var pipes = new PipePair();
        var clock = new DialogueClock();
        var session = new SmtpSession(pipes.Server, new SmtpPeer(IPAddress.Loopback), options, sink, clock, NullLogger.Instance).RunAsync();

        await DialogueRunner.RunAsync(dialogue, pipes.Client, clock);

        await pipes.Client.Output.CompleteAsync();
        await session.WaitAsync(DialogueRunner.Patience);
        Assert.Equal(Number("accepted", 0), sink.Accepted.Count);
        if (dialogue.Settings.TryGetValue("message", out var message))
        {
            Assert.Equal(message, Encoding.UTF8.GetString(sink.Accepted[^1].Message).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal));
        }

        int Number(string key, int otherwise) => dialogue.Settings.TryGetValue(key, out var text) ? int.Parse(text) : otherwise;
    }
}
