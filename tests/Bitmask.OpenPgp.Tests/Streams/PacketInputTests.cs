using Bitmask.OpenPgp.Packets;
using FsCheck.Xunit;

namespace Bitmask.OpenPgp.Tests.Streams;

public class PacketInputTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(200_000)]
    public void Body_WrittenInPieces_ReadsTheSame(int length)
    {
        var data = new byte[length];
        new Random(length).NextBytes(data);
        using var packets = new OctetSink(0);
        using (var writer = new PacketBodyWriter(packets, PacketTag.Literal))
        {
            foreach (var piece in data.Chunk(10_007))
            {
                writer.Write(piece);
            }

            writer.Complete();
        }

        packets.Write([0xCA, 3, (byte)'P', (byte)'G', (byte)'P']);
        foreach (var piece in (int[])[1000, int.MaxValue])
        {
            var input = new PacketInput(new Trickle(packets.Written.ToArray(), piece), 10);

            Assert.True(input.TryReadHeader(out var tag));
            Assert.Equal(PacketTag.Literal, tag);
            using var body = new OctetSink(0);
            input.Body.CopyTo(body);
            Assert.Equal(data, body.ToArray());
            Assert.True(input.TryReadHeader(out tag));
            Assert.Equal((PacketTag.Marker, "PGP"), (tag, System.Text.Encoding.ASCII.GetString(input.ReadBody(3))));
            Assert.False(input.TryReadHeader(out _));
        }
    }

    [Theory]
    [InlineData("CB05 3132333435", 11, "12345")] // one octet of length
    [InlineData("CBC000 *192", 11, null)] // two
    [InlineData("CBFF00000005 3132333435", 11, "12345")] // five
    [InlineData("AC05 3132333435", 11, "12345")] // the legacy format, one octet
    [InlineData("AD0005 3132333435", 11, "12345")]
    [InlineData("AE00000005 3132333435", 11, "12345")]
    [InlineData("AF 3132333435", 11, "12345")] // without length, to the end
    [InlineData("CBE1 3132 E0 33 02 3435", 11, "12345")] // in pieces
    public void TryReadHeader_EveryForm_Read(string hex, int tag, string? expected)
    {
        hex = hex.Replace(" ", "", StringComparison.Ordinal);
        var star = hex.IndexOf('*', StringComparison.Ordinal);
        var octets = Convert.FromHexString(star < 0 ? hex : hex[..star] + string.Concat(Enumerable.Repeat("61", 192)));
        var input = new PacketInput(new MemoryStream(octets), 1);

        Assert.True(input.TryReadHeader(out var read));
        using var body = new OctetSink(0);
        input.Body.CopyTo(body);

        Assert.Equal(tag, (int)read);
        Assert.Equal(expected ?? new string('a', 192), System.Text.Encoding.ASCII.GetString(body.Written.Span));
    }

    [Fact]
    public void TryReadHeader_BodyNotRead_PassedOver()
    {
        var input = new PacketInput(new MemoryStream(Convert.FromHexString("CBE13132E03302" + "3435" + "CA03504750")), 2);

        Assert.True(input.TryReadHeader(out _));
        Assert.Equal('1', input.Body.ReadByte());
        var old = input.Body;
        Assert.True(input.TryReadHeader(out var tag));

        Assert.Equal(PacketTag.Marker, tag);
        Assert.Equal(-1, old.ReadByte());
        Assert.Equal("PGP"u8.ToArray(), input.ReadBody(3));
    }

    [Theory]
    [InlineData("31")] // no header
    [InlineData("CB")] // no length
    [InlineData("CBFF0000")]
    [InlineData("CB0531")] // cut off
    [InlineData("CBE1313233")]
    [InlineData("C2E0310131")] // a signature in pieces
    [InlineData("8B31")] // a signature without length
    public void Read_BrokenOff_FormatError(string hex)
        => Assert.Throws<OpenPgpFormatException>(() =>
        {
            var input = new PacketInput(new MemoryStream(Convert.FromHexString(hex)), 10);
            while (input.TryReadHeader(out _))
            {
            }
        });

    [Fact]
    public void Limits_PacketsAndSize_Hold()
    {
        byte[] three = [0xCA, 1, 1, 0xCA, 1, 1, 0xCA, 4, 1, 2, 3, 4];
        var input = new PacketInput(new MemoryStream(three), 2);
        Assert.True(input.TryReadHeader(out _) && input.TryReadHeader(out _));
        Assert.Throws<OpenPgpFormatException>(() => input.TryReadHeader(out _));

        var large = new PacketInput(new MemoryStream(three, 6, 6), 2);
        Assert.True(large.TryReadHeader(out _));
        Assert.Throws<OpenPgpFormatException>(() => large.ReadBody(3));
    }

    [Property(MaxTest = 500)]
    public void Read_AnyOctets_AnswersOrFormatError(byte[] octets)
    {
        try
        {
            var input = new PacketInput(new MemoryStream(octets), 100);
            while (input.TryReadHeader(out _))
            {
                input.Body.CopyTo(Stream.Null);
            }
        }
        catch (OpenPgpFormatException)
        {
        }
    }
}
