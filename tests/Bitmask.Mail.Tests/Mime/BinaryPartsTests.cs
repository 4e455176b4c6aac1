using System.Text;

namespace Bitmask.Mail.Tests;

public class BinaryPartsTests
{
    private static readonly string Long = string.Concat(Enumerable.Range(0, 200).Select(static n => (char)(n % 3)));

    [Fact]
    public void Message_WithoutNul_IsTheSameMemory()
    {
        var message = Encoding.Latin1.GetBytes("Content-Transfer-Encoding: binary\r\n\r\nplain");
        Assert.Equal(message, BinaryParts.WithoutNul(message)!.Value);
    }

    [Fact]
    public void Parts_InAnyDepth_AreBase64AndHaveTheSameContent()
    {
        var message = Encoding.Latin1.GetBytes(
            "Content-Type: multipart/mixed; boundary=x\r\n\r\npreamble\r\n"
            + "--x\r\nContent-Type: image/png\r\nContent-Transfer-Encoding:\r\n binary\r\nX-After: kept\r\n\r\n" + Long + "\r\n"
            + "--x\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\nContent-Transfer-Encoding: Binary\r\n\r\na\0b\r\n"
            + "--x\r\nContent-Transfer-Encoding: binary\r\n\r\nno such octet\r\n--x--\r\nepilogue");
        var kept = BinaryParts.WithoutNul(message)!.Value;

        Assert.False(kept.Span.Contains((byte)0));
        var root = StructureReader.Read(kept);
        Assert.Equal(["base64", "7bit", "binary"], root.Parts.Select(static part => part.Encoding));
        Assert.Equal(Long, Content(kept, root.Parts[0]));
        Assert.Equal("a\0b", Content(kept, root.Parts[1].Message!));
        Assert.Equal("no such octet", Content(kept, root.Parts[2]));
        var text = Encoding.Latin1.GetString(kept.Span);
        Assert.Contains("Content-Transfer-Encoding: base64\r\nX-After: kept\r\n\r\n", text, StringComparison.Ordinal);
        Assert.EndsWith("--x--\r\nepilogue", text, StringComparison.Ordinal);
        Assert.All(text.Split("\r\n"), static line => Assert.InRange(line.Length, 0, 76));
    }

    [Theory]
    [InlineData("Subject: a\0b\r\n\r\n")]
    [InlineData("Content-Transfer-Encoding: 8bit\r\n\r\n\0")]
    [InlineData("\0")]
    [InlineData("Content-Type: multipart/mixed; boundary=x\r\n\r\n\0\r\n--x\r\nContent-Transfer-Encoding: binary\r\n\r\n\0\r\n--x--\r\n")]
    public void Nul_ElseWhere_CanNotBeKept(string message) => Assert.Null(BinaryParts.WithoutNul(Encoding.Latin1.GetBytes(message)));

    private static string Content(ReadOnlyMemory<byte> message, MimePartInfo part)
        => Encoding.Latin1.GetString(MessageWords.Decode(part.Encoding, message[(int)part.BodyOffset..(int)part.End]).Span);
}
