using Bitmask.Smtp.Protocol;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>What a client sends to an SMTP door, and what a server answers to ours.</summary>
internal static class SmtpTargets
{
    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("smtp-command", "Bitmask.Smtp", CommandSeeds, Command),
        new("smtp-data", "Bitmask.Smtp", () => new[] { "Subject: x\r\n\r\nhello\r\n.\r\n", "..stuffed\r\n.\r\nQUIT\r\n", "bare\nline\r\n.\r\n", "\r\n.\r\n" }.Select(Octets), Data),
        new("smtp-chunks", "Bitmask.Smtp", () => new[] { "\u0003Subject: x\r\n\r\nhello\r\n", "\u0001\r\n.\r\n", "\u0007bare\nline\r\n" }.Select(Octets), Chunks),
        new("smtp-reply", "Bitmask.Smtp", () => new[] { "250-mx.example.org\r\n250-PIPELINING\r\n250 SIZE 1000", "550 5.1.1 No such user", "354 go", "221" }.Select(Octets), Reply),
    ];

    private static IEnumerable<byte[]> CommandSeeds() => new[]
    {
        "EHLO client.example.org", "MAIL FROM:<alice@red.test> SIZE=1000 BODY=8BITMIME RET=HDRS ENVID=QQ+2B314159", "MAIL FROM:<> SMTPUTF8",
        "RCPT TO:<bob@blue.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;Bob+40blue.test", "RCPT TO:<@hop.test,@other.test:\"quoted \\\" local\"@[127.0.0.1]>",
        "RCPT TO:<a@[IPv6:::1]>", "RCPT TO:<postmaster>", "AUTH PLAIN AGFsaWNlAHRva2Vu", "DATA", "VRFY bob", "mail from: <ü@grün.test>",
    }.Select(Octets);

    private static void Command(byte[] octets)
    {
        if (!SmtpCommand.TryParse(octets, out var command))
        {
            return;
        }

        That(!command.Argument.Any(char.IsControl), "an argument holds no control character");
        foreach (var keyword in new[] { "FROM:", "TO:" })
        {
            if (SmtpPath.TryParse(command.Argument, keyword, out var path))
            {
                That(path.Address.Length == 0 || path.Address.Equals("postmaster", StringComparison.OrdinalIgnoreCase) || SmtpPath.IsMailbox(path.Address), "an accepted address is a mailbox");
                foreach (var value in path.Parameters.Values.OfType<string>())
                {
                    That(Xtext.Decode(value) is not { } text || Xtext.Decode(Xtext.Encode(text)) == text, "xtext written and read is the same");
                }
            }
        }
    }

    private static void Data(byte[] octets)
    {
        var whole = new DataReader(64 * 1024);
        var used = whole.Read(octets);
        var pieces = new DataReader(64 * 1024);
        var at = 0;
        while (at < octets.Length && !pieces.IsComplete)
        {
            at += pieces.Read(octets.AsSpan(at, Math.Min(3, octets.Length - at)));
        }

        That(at == used && pieces.IsComplete == whole.IsComplete && pieces.HasBareLineBreak == whole.HasBareLineBreak && pieces.IsTooBig == whole.IsTooBig, "pieces of any size read the same");
        That(pieces.Message.Span.SequenceEqual(whole.Message.Span), "pieces of any size give the same message");
        That(!whole.IsComplete || whole.HasBareLineBreak || DotStuffer.HasOnlyCrLf(whole.Message.Span), "an accepted message has only CRLF line ends");
    }

    private static void Chunks(byte[] octets)
    {
        var size = octets is [> 0, ..] ? octets[0] : 1;
        using var reader = new ChunkReader(64 * 1024);
        for (var at = 1; at < octets.Length; at += size)
        {
            var chunk = octets.AsSpan(at, Math.Min(size, octets.Length - at));
            reader.Begin(chunk.Length);
            That(reader.Read(chunk) == chunk.Length && reader.IsComplete, "a chunk ends where its size says");
        }

        reader.End();
        That(reader.IsTooBig || reader.HasBareLineBreak != DotStuffer.HasOnlyCrLf(octets.AsSpan(Math.Min(1, octets.Length))), "chunks of any size are judged as the whole");
    }

    private static void Reply(byte[] octets)
    {
        var lines = new List<string>();
        foreach (var line in Latin1(octets).Split("\r\n").Take(SmtpReplyText.MaxLines))
        {
            if (!SmtpReplyText.TryParseLine(System.Text.Encoding.Latin1.GetBytes(line), out var code, out _, out var text))
            {
                return;
            }

            lines.Add(text);
            SmtpReplyText.Write(SmtpReplyText.Compose(code, lines));
        }
    }
}
