using System.Text;
using Bitmask.Testing;

namespace Bitmask.Mail.Tests;

public class StructureTests
{
    [Theory]
    [InlineData("plain", "text/plain")]
    [InlineData("empty", "text/plain")]
    [InlineData("no-header", "text/plain")]
    [InlineData("bare-lf", "multipart/mixed(text/plain text/plain)")]
    [InlineData("preamble-epilogue", "multipart/mixed(text/plain text/plain)")]
    [InlineData("boundary-trailing-space", "multipart/mixed(text/plain text/plain)")]
    [InlineData("missing-close", "multipart/mixed(text/plain text/plain)")]
    [InlineData("missing-close-nested", "multipart/mixed(multipart/alternative(text/plain text/html) image/png)")]
    [InlineData("no-boundary-parameter", "text/plain")]
    [InlineData("boundary-never-used", "text/plain")]
    [InlineData("text-after-close", "multipart/mixed(text/plain)")]
    [InlineData("rfc822", "multipart/mixed(text/plain message/rfc822{multipart/alternative(text/plain text/html)})")]
    [InlineData("rfc822-alone", "message/rfc822{multipart/alternative(text/plain text/html)}")]
    [InlineData("rfc822-empty", "multipart/mixed(message/rfc822{text/plain})")]
    [InlineData("rfc822-header-only", "multipart/mixed(message/rfc822{text/plain} text/plain)")]
    [InlineData("rfc822-base64", "application/octet-stream")]
    [InlineData("rfc822-in-rfc822", "message/rfc822{message/rfc822{text/plain}}")]
    [InlineData("digest", "multipart/digest(message/rfc822{text/plain} message/rfc822{text/plain})")]
    [InlineData("report", "multipart/report(text/plain message/delivery-status text/rfc822-headers)")]
    [InlineData("signed", "multipart/signed(text/plain application/pgp-signature)")]
    [InlineData("eleven-thousand-parts", "text/plain")]
    public void Structure_OddMessage_IsWhatItSays(string name, string expected) => Assert.Equal(expected, Show(Read(name)));

    [Theory]
    [InlineData("preamble-epilogue", "0", "one")]
    [InlineData("preamble-epilogue", "1", "two")]
    [InlineData("bare-lf", "0", "one\n")]
    [InlineData("missing-close", "1", "two, and then the line goes dead\r\n")]
    [InlineData("signed", "0", "signed =E2=82=AC  \r\n")]
    [InlineData("rfc822-alone", "m", "--i\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--i--\r\n")]
    [InlineData("rfc822", "1 m 1", "<p>html</p>")]
    public void Structure_Part_PointsAtItsBody(string name, string path, string body)
    {
        var part = path.Split(' ').Aggregate(Read(name), (at, step) => step == "m" ? at.Message! : at.Parts[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)]);
        Assert.Equal(body, Encoding.UTF8.GetString(OddMessages.Get(name)[(int)part.BodyOffset..(int)part.End]));
        Assert.Equal(body.Count(c => c == '\n'), part.Lines);
    }

    [Fact]
    public void Structure_AllFields_AreShownAsWritten()
    {
        var part = Read("all-fields");
        Assert.Equal(
            [new("charset", "utf-8"), new("format", "flowed"), new("x*0*", "utf-8''%C3%A4"), new("x*1", "b;c")], part.Parameters);
        Assert.Equal(("<id@red.test>", "a (nice) part", "quoted-printable", "attachment"), (part.Id, part.Description, part.Encoding, part.Disposition));
        Assert.Equal([new("filename", "a \"b\".txt"), new("size", "3")], part.DispositionParameters);
        Assert.Equal(["de", "en"], part.Languages);
        Assert.Equal(("http://red.test/x", "Q2hlY2sgSW50ZWdyaXR5IQ=="), (part.Location, part.Md5));
    }

    [Fact]
    public void Structure_WithoutContentType_IsAsciiText()
        => Assert.Equal([new("charset", "us-ascii")], Read("plain").Parameters);

    [Fact]
    public void Structure_EmbeddedMessage_HasItsEnvelope()
    {
        var part = Read("rfc822").Parts[1];
        Assert.Equal("inner", part.Envelope?.Subject);
        Assert.Equal([new("carol", "green.test")], part.Envelope?.From.Select(address => (address.Mailbox!, address.Host!)).Select(pair => new MimeParameter(pair.Item1, pair.Item2)));
        Assert.Equal([new("filename", "in ner.eml")], part.DispositionParameters);
    }

    [Theory]
    [MemberData(nameof(SplitterTests.Odd), MemberType = typeof(SplitterTests))]
    public void Structure_WrittenFlatAndReadBack_IsTheSame(string name)
    {
        var root = Read(name);
        Assert.Equal(Show(root), Show(StructureNodes.Build(StructureNodes.Flatten(root), long.MaxValue)!));
    }

    private static MimePartInfo Read(string name) => StructureReader.Read(OddMessages.Get(name));

    private static string Show(MimePartInfo part)
        => part.Type + "/" + part.Subtype
            + (part.IsMultipart ? "(" + string.Join(' ', part.Parts.Select(Show)) + ")" : "")
            + (part.Message is null ? "" : "{" + Show(part.Message) + "}");
}
