using System.Text.Json;
using Bitmask.Testing;
using FsCheck.Xunit;

namespace Bitmask.Mail.Tests;

public class HeadCodecTests
{
    private static readonly JsonSerializerOptions Deep = new() { MaxDepth = 1000 };

    public static TheoryData<string> Messages => [.. OddMessages.Names];

    [Theory]
    [MemberData(nameof(Messages))]
    public void Columns_AreReadAsTheyWereWritten(string name)
    {
        var head = MessageSplitter.Split(OddMessages.Get(name)).Head;
        var envelope = EnvelopeReader.Read([.. MessageJoiner.Fields(head)]);
        Assert.Equal(Text(envelope), Text(HeadCodec.ReadEnvelope(HeadCodec.Write(envelope))));
        Assert.Equal(Text(StructureNodes.Build(head.Structure, long.MaxValue)), Text(HeadCodec.ReadStructure(HeadCodec.Write(head.Structure))));
    }

    [Fact]
    public void NullIsToldFromEmpty()
    {
        var envelope = MessageEnvelope.Empty with { Date = "", From = [new EnvelopeAddress(null, "", "x")], MessageId = "" };
        var read = HeadCodec.ReadEnvelope(HeadCodec.Write(envelope))!;
        Assert.Equal(("", null, null, ""), (read.Date, read.Subject, read.InReplyTo, read.MessageId));
        Assert.Equal(new EnvelopeAddress(null, "", "x"), Assert.Single(read.From));
        Assert.Empty(read.To);
    }

    [Fact]
    public void ColumnsThatEndTooEarlyOrTooLate_AreNone()
    {
        var head = MessageSplitter.Split(MailHome.Mail()).Head;
        var envelope = HeadCodec.Write(EnvelopeReader.Read([.. MessageJoiner.Fields(head)]));
        var structure = HeadCodec.Write(head.Structure);
        for (var length = 0; length < envelope.Length; length++)
        {
            Assert.Null(HeadCodec.ReadEnvelope(envelope.AsSpan(0, length)));
        }

        for (var length = 0; length < structure.Length; length++)
        {
            Assert.Null(HeadCodec.ReadStructure(structure.AsSpan(0, length)));
        }

        Assert.Null(HeadCodec.ReadEnvelope([.. envelope, 0]));
        Assert.Null(HeadCodec.ReadStructure([.. structure, 0]));
    }

    [Property(MaxTest = 500)]
    public void AnyOctets_AreReadOrRefused(byte[] octets)
    {
        HeadCodec.ReadEnvelope([2, .. octets]);
        HeadCodec.ReadStructure([2, .. octets]);
    }

    private static string Text<T>(T value) => JsonSerializer.Serialize(value, Deep);
}
