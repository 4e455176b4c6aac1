using System.Buffers;
using System.Net;
using System.Text;
using Bitmask.Smtp.Protocol;
using Bitmask.Smtp.Server;
using Bitmask.Smtp.Tests.Server;
using Bitmask.Testing.Dialogues;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Smtp.Tests.Protocol;

public class ProtocolProperties
{
    /// <summary>Octets that matter to a mail server, in any order.</summary>
    private static readonly Gen<byte[]> Octets = Gen.Elements("\r", "\n", "\r\n", ".", "\r\n.", "\r\n.\r\n", "a", " ", "ä", "\0", "DATA\r\n", "QUIT\r\n", "EHLO x\r\n", "MAIL FROM:<a@b>\r\n", "RCPT TO:<a@b>\r\n", "AUTH PLAIN\r\n", "AUTH LOGIN =\r\n", "*\r\n", "<", ">", "\"", "\\", "=", "+", ":", "STARTTLS\r\n")
        .ListOf().Select(words => Encoding.UTF8.GetBytes(string.Concat(words)));

    /// <summary>Messages whose lines end with CRLF.</summary>
    private static readonly Gen<byte[]> Messages = Gen.Elements("\r\n", ".", "..", "a", ".\r\n", "\r\n.\r\n", "line\r\n", "ä").ListOf()
        .Select(words => Encoding.UTF8.GetBytes(string.Concat(words) + "\r\n"));

    private static readonly Gen<int[]> Sizes = Gen.Choose(1, 7).ListOf().Select(sizes => sizes.Append(3).ToArray());

    [Property]
    public Property DotStuffing_AtAnyChunking_RoundTrips() => Prop.ForAll(Messages.ToArbitrary(), Sizes.ToArbitrary(), (message, sizes) =>
    {
        var wire = new ArrayBufferWriter<byte>();
        var atLineStart = true;
        foreach (var piece in Pieces(message, sizes))
        {
            DotStuffer.Write(piece, wire, ref atLineStart);
        }

        DotStuffer.WriteEnd(wire, atLineStart);
        wire.Write("QUIT\r\n"u8);

        var reader = new DataReader(int.MaxValue);
        var used = 0;
        foreach (var piece in Pieces(wire.WrittenSpan.ToArray(), sizes))
        {
            used += reader.Read(piece);
        }

        Assert.True(DotStuffer.HasOnlyCrLf(message));
        Assert.True(reader.IsComplete);
        Assert.False(reader.HasBareLineBreak);
        Assert.Equal(message, reader.Message.ToArray());
        Assert.Equal(wire.WrittenCount - "QUIT\r\n".Length, used);
    });

    [Property(MaxTest = 500)]
    public Property Data_HostileOctets_EndOnlyAtCrLfDotCrLf() => Prop.ForAll(Octets.ToArbitrary(), Sizes.ToArbitrary(), (octets, sizes) =>
    {
        var reader = new DataReader(1000);
        var used = Pieces(octets, sizes).Sum(piece => reader.Read(piece));

        // The first end is where a reader that knows only CRLF finds it.
        var text = "\r\n" + Encoding.Latin1.GetString(octets);
        var end = text.IndexOf("\r\n.\r\n", StringComparison.Ordinal);
        Assert.Equal(end >= 0, reader.IsComplete);
        Assert.Equal(end >= 0 ? end + 3 : octets.Length, used);
        if (reader.IsComplete)
        {
            Assert.Equal(!DotStuffer.HasOnlyCrLf(octets.AsSpan(0, used)), reader.HasBareLineBreak);
        }
    });

    [Property(MaxTest = 500)]
    public Property Chunks_OfAnySizes_AreJudgedAsTheWhole() => Prop.ForAll(Octets.ToArbitrary(), Sizes.ToArbitrary(), (octets, sizes) =>
    {
        using var reader = new ChunkReader(1000);
        foreach (var chunk in Pieces(octets, sizes))
        {
            reader.Begin(chunk.Length);
            Assert.Equal(chunk.Length, reader.Read(chunk.Concat("QUIT"u8.ToArray()).ToArray()));
            Assert.True(reader.IsComplete);
        }

        reader.End();
        Assert.Equal(!DotStuffer.HasOnlyCrLf(octets), reader.HasBareLineBreak);
        Assert.Equal(reader.HasBareLineBreak ? [] : octets, reader.Message.ToArray());
    });

    [Property(MaxTest = 500)]
    public Property Parsers_HostileOctets_NeverThrow() => Prop.ForAll(Octets.ToArbitrary(), octets =>
    {
        var text = Encoding.UTF8.GetString(octets);
        _ = SmtpCommand.TryParse(octets, out _);
        _ = SmtpPath.TryParse("FROM:<" + text, "FROM:", out _);
        _ = SmtpPath.TryParse("FROM:" + text, "FROM:", out _);
        _ = SmtpPath.IsMailbox(text + "@[" + text + "]");
        _ = Xtext.Decode(text);
        _ = SmtpReplyText.TryParseLine(octets, out _, out _, out _);
        _ = SmtpReplyText.Write(new SmtpReply(250, "2.0.0", text));
    });

    [Property]
    public Property Xtext_AnyPrintableText_RoundTrips() => Prop.ForAll(ArbMap.Default.GeneratorFor<NonNull<string>>().ToArbitrary(), text =>
    {
        var printable = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(string.Concat(text.Get.Where(c => c >= ' ' && c != (char)127))));
        Assert.Equal(printable, Xtext.Decode(Xtext.Encode(printable)));
    });

    [Property(MaxTest = 200)]
    public Property Session_HostileOctets_EndsWithReplies() => Prop.ForAll(Octets.ToArbitrary(), octets =>
    {
        var pipes = new PipePair(new System.IO.Pipelines.PipeOptions(pauseWriterThreshold: 0));
        var session = new SmtpSession(pipes.Server, new SmtpPeer(IPAddress.Loopback), new SmtpServerOptions(), new ScriptedSink(), new DialogueClock(), NullLogger.Instance).RunAsync();
        pipes.Client.Output.Write(octets);
        pipes.Client.Output.Complete();

        Assert.True(session.Wait(TimeSpan.FromSeconds(90)));
        using var output = new StreamReader(pipes.Client.Input.AsStream(), Encoding.ASCII);
        Assert.All(output.ReadToEnd().Split("\r\n").SkipLast(1), line => Assert.Matches("^[2345][0-9][0-9][ -]", line));
    });

    private static IEnumerable<byte[]> Pieces(byte[] octets, int[] sizes)
    {
        for (int at = 0, i = 0; at < octets.Length; i++)
        {
            var size = Math.Min(sizes[i % sizes.Length], octets.Length - at);
            yield return octets[at..(at + size)];
            at += size;
        }
    }
}
