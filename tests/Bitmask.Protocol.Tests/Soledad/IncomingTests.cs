using System.Text;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;
using Bitmask.Testing;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Soledad;

public sealed class IncomingTests
{
    private static readonly IncomingEnvelope Envelope = new(
        "mallory@example.net", "alice@example.org", new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), new IncomingAuthentication("pass", null, "none"));

    [Property(MaxTest = 200)]
    public bool WriteThenParse_AnyOctets_AreKept(byte[] mail)
    {
        var back = IncomingContent.Parse(new IncomingContent(mail, Envelope).ToBytes());
        return back.Content.Span.SequenceEqual(mail) && back.Envelope == Envelope;
    }

    [Fact]
    public void Write_Utf8AndOther_ChoosesTheMember()
    {
        Assert.Contains("\"content\":\"Gr\u00fc\u00dfe\\r\\n\"", Encoding.UTF8.GetString(new IncomingContent("Gr\u00fc\u00dfe\r\n"u8.ToArray(), null).ToBytes()), StringComparison.Ordinal);
        Assert.Contains("\"content_b64\":\"_w\"", Encoding.UTF8.GetString(new IncomingContent(new byte[] { 0xFF }, null).ToBytes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_LeapForm_HasNoEnvelope()
    {
        using var vectors = Vectors.Read("provider/leap_mx.json");
        var plain = vectors.RootElement.GetProperty("plaintext_before_encryption").GetString()!;
        var mail = IncomingContent.Parse(Encoding.UTF8.GetBytes(plain));
        Assert.Null(mail.Envelope);
        Assert.Equal(vectors.RootElement.GetProperty("maildir_file").GetString(), Encoding.UTF8.GetString(mail.Content.Span));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"incoming":false,"content":"x"}""")]
    [InlineData("""{"incoming":true}""")]
    [InlineData("""{"incoming":true,"content":null}""")]
    [InlineData("""{"incoming":true,"content":"\ud800"}""")]
    [InlineData("""{"incoming":true,"content":"a","content_b64":"YQ"}""")]
    [InlineData("""{"incoming":true,"content_b64":"a+/="}""")]
    [InlineData("""{"incoming":true,"content":"a","envelope":{"from":1}}""")]
    [InlineData("""{"incoming":true,"content":"a","envelope":[]}""")]
    [InlineData("""{"incoming":true,"content":"a","envelope":{"from":"","rcpt":"","received":"soon"}}""")]
    public void Parse_Malformed_ThrowsProtocolException(string json)
        => Assert.Throws<SoledadProtocolException>(() => IncomingContent.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void BlobPreamble_Recorded_IsBuiltAndReadAlike()
    {
        using var vectors = Vectors.Read("soledad/blobs.json");
        var incoming = vectors.RootElement.GetProperty("incoming");
        var id = incoming.GetProperty("blob_id").GetString()!;
        var message = Encoding.UTF8.GetBytes(incoming.GetProperty("body_put_by_mx").GetString()!);
        var stored = Convert.FromBase64String(incoming.GetProperty("stored_base64").GetString()!);

        var time = DateTimeOffset.FromUnixTimeSeconds(vectors.RootElement.GetProperty("timestamp").GetInt64());
        Assert.Equal(incoming.GetProperty("preamble_hex").GetString(), Convert.ToHexStringLower(BlobPreamble.ForIncoming(id, time, message.Length).ToBytes()));
        Assert.Equal(stored, IncomingBlob.Build(id, time, message));

        var read = IncomingBlob.Parse(stored);
        Assert.Equal(message, read.Message.ToArray());
        Assert.Equal((id, "0", (ulong)message.Length), (read.Preamble.Id, read.Preamble.Rev, read.Preamble.Size!.Value));
    }

    [Fact]
    public void BlobPreamble_OldForm_IsKept()
    {
        var old = BlobPreamble.ForIncoming("x", DateTimeOffset.UnixEpoch, 1) with { Size = null, Method = BlobPreamble.MethodAesGcm, Scheme = 1, Rev = new string('r', 300) };
        var bytes = old.ToBytes();
        Assert.Equal(BlobPreamble.OldOctets, bytes.Length);
        var back = BlobPreamble.Parse(bytes);
        Assert.Null(back.Size);
        Assert.Equal(new string('r', 254), back.Rev);
        Assert.Throws<SoledadProtocolException>(() => BlobPreamble.Parse(bytes.AsSpan(0, 541)));
    }

    [Property(MaxTest = 300)]
    public bool Parse_HostileOctets_ThrowsOnlyItsOwn(byte[] noise, byte at)
    {
        var blob = IncomingBlob.Build("id", DateTimeOffset.UnixEpoch, "x"u8);
        foreach (var (octet, index) in (noise ?? []).Select((b, i) => (b, i)))
        {
            blob[((at * 3) + index) % blob.Length] = octet;
        }

        return Survives(() => IncomingBlob.Parse(blob)) && Survives(() => IncomingContent.Parse(noise)) && Survives(() => BlobPreamble.Parse(noise));
    }

    [Fact]
    public void SealedHeader_Base64_BeginsWithTheConstant()
    {
        foreach (var epoch in (uint[])[0, 1, SealedHeader.MaxEpoch])
        {
            var header = new SealedHeader(epoch, new byte[12]);
            var text = SealedDocumentText(header.ToBytes());
            Assert.StartsWith(SealedHeader.ContentPrefix, text, StringComparison.Ordinal);
            Assert.True(SealedHeader.TryParse(header.ToBytes(), out var back));
            Assert.Equal(epoch, back!.Epoch);
        }

        Assert.False(SealedHeader.TryParse([0x13, 0x37, 1, 2, .. new byte[30]], out _));
        Assert.False(SealedHeader.TryParse([0x13, 0x37, 1, 4], out _));
    }

    [Theory]
    [InlineData("""{"a":1}""", true)]
    [InlineData(""" {"a":1} """, true)]
    [InlineData("""{"a":1}{""", false)]
    [InlineData("[1]", false)]
    [InlineData("", false)]
    public void IsObject_Text_IsJudged(string text, bool isObject) => Assert.Equal(isObject, DocumentContent.IsObject(text));

    [Fact]
    public void IsObject_LoneSurrogate_IsNone() => Assert.False(DocumentContent.IsObject("{\"a\":\"\ud800\"}"));

    private static string SealedDocumentText(byte[] bytes) => "{\"raw\": \"" + System.Buffers.Text.Base64Url.EncodeToString(bytes) + "\"}";

    private static bool Survives(Action parse)
    {
        try
        {
            parse();
        }
        catch (SoledadProtocolException)
        {
        }

        return true;
    }
}
