using Bitmask.Primitives;
using Bitmask.Soledad.Leap;
using FsCheck;
using FsCheck.Xunit;

namespace Bitmask.Soledad.Tests.Leap;

public sealed class LeapCodecTests : IDisposable
{
    private const string Mail = "{\"incoming\": true, \"errdecr\": false, \"_enc_scheme\": \"pubkey\", \"_enc_json\": \"x\"}";
    private readonly SecretBytes _secret = SecretBytes.Random(512);
    private readonly LeapCodec _codec;

    public LeapCodecTests() => _codec = new LeapCodec(_secret, TimeProvider.System);

    public void Dispose() => _secret.Dispose();

    [Property]
    public bool Decode_AnyText_NeverThrows(string? text)
        => Decode(text) is DecodeAnswer.Refused or DecodeAnswer.Delete
            && Decode("{\"raw\": \"EzcB" + text + "\"}") is DecodeAnswer.Refused
            && Decode("{\"_enc_scheme\": \"symkey\", \"_enc_json\": \"" + text + "\"}") is DecodeAnswer.Refused;

    [Property]
    public bool Decode_AnyCharacterChanged_NeverGivesAnotherContent(NonNegativeInt where, char other)
    {
        var wire = _codec.Encode(new Document("D-1", "aaaa:1", "{\"v\": 1}"), 0);
        var text = wire.Content!.ToCharArray();
        text[where.Get % text.Length] = other;
        return _codec.Decode(wire with { Content = new string(text) }) is DecodeAnswer.Refused or DecodeAnswer.Put { Document.Json: "{\"v\": 1}" };
    }

    [Fact]
    public void Encode_Tombstone_IsBare()
    {
        var wire = _codec.Encode(new Document("D-1", "aaaa:2", null), 0);
        Assert.Null(wire.Content);
        Assert.IsType<DecodeAnswer.Delete>(_codec.Decode(wire));
    }

    [Fact]
    public void Decode_RevisionLongerThanTheField_IsRead()
    {
        var rev = string.Join('|', Enumerable.Range(0, 9).Select(i => $"{i:x32}:1"));
        var document = new Document("D-1", rev, "{}");
        Assert.Equal(new DecodeAnswer.Put(document, null), _codec.Decode(_codec.Encode(document, 0)));
    }

    [Theory]
    [InlineData(Mail, true)]
    [InlineData("{\"incoming\": true, \"errdecr\": false, \"_enc_scheme\": \"pubkey\", \"_enc_json\": \"x\", \"type\": \"flags\"}", false)]
    [InlineData("{\"incoming\": true, \"errdecr\": false, \"_enc_scheme\": \"pubkey\"}", false)]
    [InlineData("{\"incoming\": false, \"errdecr\": false, \"_enc_scheme\": \"pubkey\", \"_enc_json\": \"x\"}", false)]
    [InlineData("{\"incoming\": true, \"errdecr\": false, \"_enc_scheme\": \"none\", \"_enc_json\": \"x\"}", false)]
    [InlineData("{\"incoming\": true, \"incoming\": true, \"_enc_scheme\": \"pubkey\", \"_enc_json\": \"x\"}", false)]
    [InlineData("{\"type\": \"flags\"}", false)]
    [InlineData("[]", false)]
    public void Decode_ClearJson_OnlyTheFormOfArrivedMailIsLetIn(string content, bool isMail)
        => Assert.Equal(isMail, Decode(content) is DecodeAnswer.PlainIncoming);

    private DecodeAnswer Decode(string? content) => _codec.Decode(new WireDocument("D-1", "aaaa:1", content));
}
