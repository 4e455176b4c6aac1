using System.Security.Cryptography;
using Bitmask.Testing;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Bitmask.Mail.Tests;

public class SplitterTests
{
    public static TheoryData<string> Odd => [.. OddMessages.Names];

    [Theory]
    [MemberData(nameof(Odd))]
    public void Split_OddMessage_JoinsToTheSameOctets(string name) => AssertExact(OddMessages.Get(name));

    [Theory]
    [MemberData(nameof(Odd))]
    public void Split_OddMessageCutShort_JoinsToTheSameOctets(string name)
    {
        var message = OddMessages.Get(name);
        for (var length = 0; length < Math.Min(message.Length, 1500); length += 7)
        {
            AssertExact(message[..length]);
        }
    }

    [Property(MaxTest = 300)]
    public Property Split_PiecesOfMail_JoinToTheSameOctets()
    {
        // Lines of mail in any order find more than random octets do.
        string[] lines =
        [
            "\r\n", "\n", "\r", "\0", "--x\r\n", "--x--\r\n", "--y\n", "--y--", "Content-Type: multipart/mixed; boundary=x\r\n", "Subject: a\r\n b\r\n",
            "Content-Type: multipart/alternative; boundary=\"y\"\r\n", "Content-Type: message/rfc822\r\n", "Content-Transfer-Encoding: base64\r\n", "text\r\n",
            "caf\u00e9\r\n", "\u00ff\u00fe", ": \r\n", "From x\r\n", "Content-Type: multipart/digest; boundary=x\n", new string('z', 9000) + "\r\n",
        ];
        var mail = Gen.ListOf(Gen.Elements(lines)).Select(chosen => System.Text.Encoding.Latin1.GetBytes(string.Concat(chosen)));
        return Prop.ForAll(mail.ToArbitrary(), AssertExact);
    }

    [Property(MaxTest = 200)]
    public void Split_AnyOctets_JoinToTheSameOctets(byte[] octets) => AssertExact(octets);

    [Fact]
    public void Split_SmallMessage_StaysInItsHead() => Assert.Empty(MessageSplitter.Split(OddMessages.Get("preamble-epilogue")).Parts);

    [Fact]
    public void Split_LargeAttachments_AreCutOutWhole()
    {
        var split = MessageSplitter.Split(OddMessages.Get("two-attachments"));
        Assert.Equal(["application/pdf", "image/jpeg"], split.Parts.Select(part => part.ContentType));
        Assert.True(split.Head.Recipe.Sum(item => item.B64?.Length ?? 0) < 1000);
    }

    [Theory]
    [InlineData("large-preamble")]
    [InlineData("eleven-thousand-parts")]
    [InlineData("thousand-parts")]
    public void Split_LargeOutsideOfParts_DoesNotFillTheHead(string name)
    {
        var split = MessageSplitter.Split(OddMessages.Get(name));
        Assert.True(split.Head.Recipe.Sum(item => item.B64?.Length ?? 0) <= 256 * 1024);
    }

    [Fact]
    public void Split_BodyOverFourMebibytes_BecomesSeveralParts()
    {
        var raw = new byte[9 * 1024 * 1024];
        new Random(3).NextBytes(raw);
        "Subject: large\r\n\r\n"u8.CopyTo(raw);
        var split = MessageSplitter.Split(raw);
        Assert.Equal(3, split.Documents(new HeadId(1)).Count(document => document.Id.StartsWith("C-", StringComparison.Ordinal)));
        AssertExact(raw);
    }

    [Fact]
    public void Split_HeaderOfManyMebibytes_MakesNoHugeHead()
    {
        var raw = System.Text.Encoding.UTF8.GetBytes("Subject: huge\r\n" + string.Concat(Enumerable.Repeat("X: " + new string('\u0001', 60) + "\r\n", 100_000)) + "\r\nbody\r\n");
        var split = MessageSplitter.Split(raw);
        Assert.Equal("huge", split.Head.Subject);
        Assert.All(split.Documents(new HeadId(1)), document => Assert.True(document.Json.Length < 10 * 1024 * 1024));
        AssertExact(raw);
    }

    [Fact]
    public void Split_PartsWithHugeHeaders_MakeNoHugeHead()
    {
        var part = "--x\r\nContent-Type: text/plain; a=" + new string('\u0001', 3000) + "\r\n\r\n";
        var raw = System.Text.Encoding.UTF8.GetBytes("Content-Type: multipart/mixed; boundary=x\r\n\r\n" + string.Concat(Enumerable.Repeat(part, 2000)) + "--x--\r\n");
        Assert.All(MessageSplitter.Split(raw).Documents(new HeadId(1)), document => Assert.True(document.Json.Length < 10 * 1024 * 1024));
        AssertExact(raw);
    }

    [Property(MaxTest = 300)]
    public void Preview_AnyHtml_IsShortAndOneLine(string text)
    {
        var raw = System.Text.Encoding.UTF8.GetBytes("Content-Type: text/html; charset=utf-8\r\n\r\n<p>&amp;<b " + text + ">x</p><!--" + text);
        var preview = MessageSplitter.Split(raw).Head.Preview;
        Assert.True(preview.Length <= 200);
        Assert.DoesNotContain(preview, char.IsControl);
    }

    [Theory]
    [InlineData("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n", "Grüße")]
    [InlineData("Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n", "Grüße")]
    [InlineData("Content-Type: text/plain; charset=no-such\r\n\r\nplain\r\n", "plain")]
    [InlineData("Content-Type: text/html\r\n\r\n<html><head><style>x</style></head><body>Hello <b>you</b></body></html>", "Hello you")]
    [InlineData("Content-Type: image/png\r\n\r\nx", "")]
    public void Preview_Text_IsDecoded(string message, string preview)
        => Assert.Equal(preview, MessageSplitter.Split(System.Text.Encoding.UTF8.GetBytes(message)).Head.Preview.Trim());

    [Fact]
    public void Split_ReadableHeader_IsStoredOnce()
    {
        var split = MessageSplitter.Split(OddMessages.Get("plain"));
        Assert.True(split.Head.Recipe[0].Headers);
        Assert.Equal(2, split.Head.Recipe.Count);
        Assert.Equal("<1@red.test>", split.Head.Msgid);
    }

    private static void AssertExact(byte[] raw)
    {
        var split = MessageSplitter.Split(raw);
        var documents = split.Documents(new HeadId(1)).ToDictionary();
        var head = MailJson.TryRead(documents[DocumentIds.Of(new HeadId(1))], MailJson.Head)!;
        var joined = MessageJoiner.Join(head, id => MailJson.TryRead(documents.GetValueOrDefault(id), MailJson.Part), out var damage);

        Assert.Equal("", damage);
        Assert.Equal(raw, joined);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(raw)), head.Sha256);
        var root = StructureNodes.Build(head.Structure, raw.Length);
        Assert.NotNull(root);
        Assert.Equal(raw[..(int)root.BodyOffset], MessageJoiner.Header(head));
        AssertNested(root, 0, raw.Length);
        Assert.NotNull(HeadRow.Read(DocumentIds.Of(new HeadId(1)), documents[DocumentIds.Of(new HeadId(1))]));
    }

    private static void AssertNested(MimePartInfo part, long start, long end)
    {
        Assert.True(start <= part.Offset && part.Offset <= part.BodyOffset && part.BodyOffset <= part.End && part.End <= end);
        start = part.BodyOffset;
        foreach (var child in part.Message is null ? part.Parts : [part.Message])
        {
            AssertNested(child, start, part.End);
            start = child.End;
        }
    }
}
