using System.Buffers;
using System.Text;
using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Tests.Protocol;

public class CommandReaderTests
{
    private static readonly ImapOptions Small = new()
    {
        MaxLineOctetsBeforeLogin = 100, MaxLineOctets = 200, MaxLiteralOctetsBeforeLogin = 10, MaxLiteralOctets = 20, MaxMessageOctets = 1000,
    };

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void Read_InPiecesOfAnySize_FindsTheSameCommands(int size)
    {
        var stream = Wire.Octets("a NOOP\r\nb LOGIN {2+}\r\nal {3+}\r\npw1\r\nc APPEND x {4+}\r\n\r\n\r\n\r\nd X\n");

        Assert.Equal(["a NOOP", "b LOGIN {2+}|al| {3+}|pw1|", "c APPEND x {4+}|\r\n\r\n|", "d X"], All(stream, size, Small, true).Select(Text));
    }

    [Fact]
    public void Read_SynchronizingLiteral_AsksForContinuation()
    {
        var reader = new CommandReader(Small) { IsAuthenticated = true };

        Assert.Equal(CommandReadStatus.NeedContinuation, Feed(reader, "a LOGIN {2}\r\n"));
        Assert.Equal(CommandReadStatus.NeedMore, Feed(reader, "al"));
        Assert.Equal(CommandReadStatus.Complete, Feed(reader, " pw\r\n"));
        Assert.Equal("a LOGIN {2}|al| pw", Text(reader.Command!));
    }

    [Theory]
    [InlineData("a LOGIN {11}\r\n")]
    [InlineData("a LOGIN {11+}\r\n")]
    [InlineData("a LOGIN {4294967296}\r\n")]
    [InlineData("a LOGIN {99999999999999999999999}\r\n")]
    public void Read_LiteralTooLargeBeforeLogin_HangsUp(string text)
        => Assert.Equal(CommandReadStatus.HangUp, Feed(new CommandReader(Small), text));

    [Fact]
    public void Read_LiteralTooLargeAfterLogin_IsRefusedBeforeItIsSent()
    {
        var reader = new CommandReader(Small) { IsAuthenticated = true };

        Assert.Equal(CommandReadStatus.Refused, Feed(reader, "a9 CREATE {21}\r\n"));
        Assert.Equal("a9", reader.RefusedTag);
        Assert.Equal(CommandReadStatus.Complete, Feed(reader, "b NOOP\r\n"));
    }

    [Fact]
    public void Read_NonSynchronizingLiteralTooLarge_IsReadPast()
    {
        var reader = new CommandReader(Small) { IsAuthenticated = true };

        Assert.Equal(CommandReadStatus.NeedMore, Feed(reader, "a9 APPEND x {6000+}\r\n"));
        Assert.Equal(CommandReadStatus.NeedMore, Feed(reader, new string('x', 5000)));
        Assert.Equal(CommandReadStatus.NeedMore, Feed(reader, new string('x', 1000) + " {3+}\r\n"));
        Assert.Equal(CommandReadStatus.Refused, Feed(reader, "abc)\r\n"));
        Assert.Equal("a9", reader.RefusedTag);
        Assert.Equal(CommandReadStatus.Complete, Feed(reader, "b NOOP\r\n"));
    }

    [Fact]
    public void Read_EndlessLine_HangsUp()
    {
        var reader = new CommandReader(Small);

        Assert.Equal(CommandReadStatus.NeedMore, Feed(reader, new string('a', 90)));
        Assert.Equal(CommandReadStatus.HangUp, Feed(reader, new string('a', 11)));
    }

    [Fact]
    public void Read_HugeLiteralAnnounced_TakesNoMemoryForWhatDidNotCome()
    {
        var reader = new CommandReader(new ImapOptions { MaxMessageOctets = 1 << 30 }) { IsAuthenticated = true };
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Equal(CommandReadStatus.NeedContinuation, Feed(reader, "a APPEND x {1000000000}\r\n"));

        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Theory]
    [InlineData("{5}", 5, false)]
    [InlineData("abc {12+}", 12, true)]
    [InlineData("{007}", 7, false)]
    public void LiteralSuffix_WellFormed_IsRead(string line, int octets, bool plus)
    {
        Assert.True(LiteralSuffix.TryRead(Encoding.ASCII.GetBytes(line), out var literal));
        Assert.Equal((octets, plus), (literal.Octets, literal.NonSynchronizing));
    }

    [Theory]
    [InlineData("{-1}")]
    [InlineData("{}")]
    [InlineData("{+}")]
    [InlineData("5}")]
    [InlineData("{5} ")]
    [InlineData("")]
    public void LiteralSuffix_Malformed_IsNone(string line) => Assert.False(LiteralSuffix.TryRead(Encoding.ASCII.GetBytes(line), out _));

    private static CommandReadStatus Feed(CommandReader reader, string text)
    {
        var buffer = new ReadOnlySequence<byte>(Wire.Octets(text));
        var status = reader.Read(ref buffer);
        Assert.True(buffer.IsEmpty || status == CommandReadStatus.HangUp);
        return status;
    }

    private static List<RawCommand> All(byte[] stream, int size, ImapOptions options, bool loggedIn)
    {
        var reader = new CommandReader(options) { IsAuthenticated = loggedIn };
        var commands = new List<RawCommand>();
        foreach (var piece in stream.Chunk(size))
        {
            var buffer = new ReadOnlySequence<byte>(piece);
            while (reader.Read(ref buffer) == CommandReadStatus.Complete)
            {
                commands.Add(reader.Command!);
            }
        }

        return commands;
    }

    private static string Text(RawCommand command)
        => string.Concat(command.Text.Select((text, i) => Encoding.Latin1.GetString(text) + (i < command.Literals.Count ? "|" + Encoding.Latin1.GetString(command.Literals[i].Span) + "|" : "")));
}
