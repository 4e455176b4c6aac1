using Bitmask.Smtp.Protocol;

namespace Bitmask.Smtp.Tests.Protocol;

public class SmtpPathTests
{
    [Theory]
    [InlineData("<a@b.test>", "a@b.test")]
    [InlineData("<>", "")]
    [InlineData("<\"a b\"@b.test>", "\"a b\"@b.test")]
    [InlineData("<a@[127.0.0.1]>", "a@[127.0.0.1]")]
    [InlineData("<a@[IPv6:::1]>", "a@[IPv6:::1]")]
    [InlineData("<@x.test:a@b.test>", "a@b.test")]
    public void TryParse_GoodPath_GivesAddress(string text, string address)
    {
        Assert.True(SmtpPath.TryParse("FROM:" + text, "FROM:", out var path));
        Assert.Equal(address, path.Address);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a@b.test")]
    [InlineData("<a@b.test")]
    [InlineData("<a@b.test>x")]
    [InlineData("<a@@b.test>")]
    [InlineData("<a@b..test>")]
    [InlineData("<a@-b.test>")]
    [InlineData("<.a@b.test>")]
    [InlineData("<a b@b.test>")]
    [InlineData("<\"a@b.test>")]
    [InlineData("<a@[1]>")]
    [InlineData("<@x.test a@b.test>")]
    [InlineData("<a@b.test> =x")]
    [InlineData("<a@b.test> SIZE=")]
    public void TryParse_BadPath_IsRefused(string text) => Assert.False(SmtpPath.TryParse("FROM:" + text, "FROM:", out _));

    [Fact]
    public void TryParse_LongLocalPart_IsRefused()
    {
        Assert.True(SmtpPath.TryParse("TO:<" + new string('a', 64) + "@b.test>", "TO:", out _));
        Assert.False(SmtpPath.TryParse("TO:<" + new string('a', 65) + "@b.test>", "TO:", out _));
    }

    [Theory]
    [InlineData("a+2Bb", "a+b")]
    [InlineData("a+2bb", null)]
    [InlineData("a+0Ab", null)]
    [InlineData("a+2", null)]
    [InlineData("a=b", null)]
    [InlineData("+E2+82+AC", "€")]
    public void Xtext_Decode_GivesTextOrNull(string xtext, string? text) => Assert.Equal(text, Xtext.Decode(xtext));

    [Fact]
    public void Reply_WithLineBreaksAndForeignLetters_StaysOneReply()
        => Assert.Equal("550-5.7.1 a?\r\n550 5.7.1 250 b\r\n", SmtpReplyText.Write(new SmtpReply(550, "5.7.1", "aä\r\n250 b")));
}
