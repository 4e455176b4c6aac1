using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using FsCheck;
using FsCheck.Xunit;

namespace Bitmask.Soledad.Tests.Sealed;

public sealed class SealedCodecTests : IDisposable
{
    private static readonly UserId Alice = UserId.Parse("a11ce000000000000000000000000000");
    private static readonly DeviceId Device = new(0x0102030405060708);
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly Keyset _keyset = Keyset.Create(new string('0', 64), Now);
    private readonly SealedCodec _codec;

    public SealedCodecTests() => _codec = new SealedCodec(_keyset, Alice, Device);

    public void Dispose() => _keyset.Dispose();

    [Property]
    public bool Decode_OfEncode_GivesTheDocumentBack(NonNull<string> value, PositiveInt counter, ulong seq)
    {
        var document = new Document("M-" + counter.Get, $"aaaa:{counter.Get}", JsonSerializer.Serialize(new Dictionary<string, string> { ["v"] = value.Get }));
        return _codec.Decode(_codec.Encode(document, seq)) is DecodeAnswer.Put put && put.Document == document && put.Origin == new DocumentOrigin(Device, seq);
    }

    [Fact]
    public void Decode_OfDeletion_GivesADelete()
    {
        var document = new Document("M-1", "aaaa:2", null);
        Assert.Equal(new DecodeAnswer.Delete(document, new DocumentOrigin(Device, 7)), _codec.Decode(_codec.Encode(document, 7)));
    }

    [Property]
    public bool Decode_AnyBitFlipped_IsRefused(NonNegativeInt where, bool deletion)
    {
        var wire = _codec.Encode(new Document("M-1", "aaaa:1", deletion ? null : "{\"v\": 1}"), 1);
        var envelope = Envelope(wire);
        var bit = where.Get % (envelope.Length * 8);
        envelope[bit / 8] ^= (byte)(1 << (bit % 8));
        return _codec.Decode(wire with { Content = Wrap(envelope) }) is DecodeAnswer.Refused;
    }

    [Property]
    public bool Decode_AnyCharacterChanged_IsRefused(NonNegativeInt where, char other)
    {
        var wire = _codec.Encode(new Document("M-1", "aaaa:1", "{\"v\": 1}"), 1);
        var text = wire.Content!.ToCharArray();
        var at = where.Get % text.Length;
        if (text[at] == other)
        {
            return true;
        }

        text[at] = other;
        return _codec.Decode(wire with { Content = new string(text) }) is DecodeAnswer.Refused;
    }

    [Property]
    public bool Decode_AnyText_NeverThrows(string? text)
        => _codec.Decode(new WireDocument(_codec.WireId("x"), "aaaa:1", text)) is DecodeAnswer.Refused
            && _codec.Decode(new WireDocument(_codec.WireId("x"), "aaaa:1", "{\"raw\": \"EzcBBA" + text + "\"}")) is DecodeAnswer.Refused;

    [Fact]
    public void Decode_EndlessIdOrRevision_IsRefused()
    {
        var wire = _codec.Encode(new Document("M-1", "aaaa:1", "{}"), 1);
        Assert.IsType<DecodeAnswer.Refused>(_codec.Decode(wire with { WireId = new string('a', 100_000) }));
        Assert.IsType<DecodeAnswer.Refused>(_codec.Decode(wire with { Rev = new string('a', 100_000) }));
    }

    [Theory]
    [InlineData(10, 512)]
    [InlineData(900, 1024)]
    [InlineData(5000, 5120)]
    public void Encode_SizeOfContent_IsPadded(int jsonOctets, int plaintextOctets)
    {
        var wire = _codec.Encode(new Document("M-1", "aaaa:1", "{\"v\": \"" + new string('x', jsonOctets - 9) + "\"}"), 1);
        Assert.Equal(SealedHeader.Octets + plaintextOctets + SealedHeader.TagOctets, Envelope(wire).Length);
        Assert.StartsWith(SealedHeader.ContentPrefix, wire.Content, StringComparison.Ordinal);
    }

    [Fact]
    public void Decode_AnotherRevisionDocumentOrAccount_IsRefused()
    {
        var wire = _codec.Encode(new Document("M-1", "aaaa:1", "{}"), 1);
        Assert.IsType<DecodeAnswer.Refused>(_codec.Decode(wire with { Rev = "aaaa:2" }));
        Assert.IsType<DecodeAnswer.Refused>(_codec.Decode(wire with { WireId = _codec.WireId("M-2") }));
        Assert.IsType<DecodeAnswer.Refused>(new SealedCodec(_keyset, UserId.New(), Device).Decode(wire));
    }

    [Fact]
    public void Decode_OlderEpoch_IsReadAndNewerIsRefused()
    {
        using var later = _keyset.WithNewEpoch(Now);
        var newer = new SealedCodec(later, Alice, Device);
        var document = new Document("M-1", "aaaa:1", "{}");

        Assert.IsType<DecodeAnswer.Put>(newer.Decode(_codec.Encode(document, 1)));
        var refused = Assert.IsType<DecodeAnswer.Refused>(_codec.Decode(newer.Encode(document, 1)));
        Assert.Contains("epoch 2", refused.Reason, StringComparison.Ordinal);
        Assert.Equal(_codec.WireId("M-1"), newer.WireId("M-1"));
    }

    [Theory]
    [InlineData("{\"type\": \"flags\"}", "not encrypted")]
    [InlineData("{\"raw\": \"EzcBAgAAAAAAL2hZAAAAAPtBG0gu57EDe0SzU59YVcYgZjM5\"}", "method 2")]
    [InlineData("{\"raw\": \"EzcB\"}", "no sealed envelope")]
    [InlineData(null, "bare deletion")]
    public void Decode_PlaintextLeapOrTombstone_IsRefused(string? content, string reason)
    {
        var refused = Assert.IsType<DecodeAnswer.Refused>(_codec.Decode(new WireDocument(_codec.WireId("M-1"), "aaaa:1", content)));
        Assert.Contains(reason, refused.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 2, "version 2")]
    [InlineData(1, 3, "kind 3")]
    [InlineData(1, 2, "contradict")]
    [InlineData(18, 9, "length")]
    [InlineData(511, 1, "padding")]
    [InlineData(20, (byte)'/', "document id")]
    [InlineData(27, (byte)'[', "JSON")]
    public void Read_ForeignPlaintext_SaysWhy(int at, byte value, string reason)
    {
        var bytes = new SealedPlaintext(new DocumentOrigin(Device, 1), "M-1", "{}").Write(1000);
        bytes[at] = value;
        Assert.Contains(reason, SealedPlaintext.TryRead(bytes, out _), StringComparison.Ordinal);
    }

    [Property]
    public bool Read_AnyOctets_NeverThrows(byte[] bytes) => SealedPlaintext.TryRead(bytes, out _) is not null;

    [Fact]
    public void WireId_OfADocument_IsHexAndSaysNothing()
        => Assert.Matches("^[0-9a-f]{32}$", _codec.WireId("M-00112233445566778899aabbccddeeff"));

    [Fact]
    public void Layout_OfPlaintext_IsTheDocumentedOne()
    {
        var bytes = new SealedPlaintext(new DocumentOrigin(Device, 0x1112131415161718), "ab", "{}").Write(1000);
        Assert.Equal("01010102030405060708111213141516171800026162000000027b7d0000", Convert.ToHexStringLower(bytes.AsSpan(0, 30)));
        Assert.Equal(512, bytes.Length);
    }

    private static byte[] Envelope(WireDocument wire) => Base64Url.DecodeFromChars(wire.Content.AsSpan("{\"raw\": \"".Length..^2));

    private static string Wrap(byte[] envelope) => "{\"raw\": \"" + Encoding.ASCII.GetString(Base64Url.EncodeToUtf8(envelope)) + "\"}";
}
