using System.Text;
using Bitmask.Provider.Mx;
using FsCheck.Xunit;

namespace Bitmask.Provider.Tests.Mx;

public sealed class MailHeaderTests
{
    [Fact]
    public void Read_FoldedFields_KeepsThemWhole()
    {
        var header = Read("Subject: a\r\n b\r\nX-Empty:\r\nFrom : <a@b.test>\r\n\r\nbody: no\r\n");

        Assert.Equal(["Subject", "X-Empty", "From"], header.Fields.Select(field => field.Name));
        Assert.Equal(["a b", "", "<a@b.test>"], header.Fields.Select(header.Value));
    }

    [Fact]
    public void Rewrite_TakesOutFieldsAndNothingElse()
    {
        var header = Read("A: 1\r\nB: 2\r\n more\r\nC: 3\r\n\r\nB: body\r\n");

        Assert.Equal("X: 0\r\nA: 1\r\nC: 3\r\n\r\nB: body\r\n", Encoding.ASCII.GetString(header.Rewrite("X: 0\r\n", field => field.Name == "B")));
    }

    [Fact]
    public void SingleAuthor_BehindALineThatIsNoField_IsNotBelieved()
    {
        Assert.Equal("alice@red.test", Read("From: alice@red.test\r\nTo: x\r\n\r\nbody\r\n").SingleAuthor()?.Address);
        Assert.Null(Read("From: alice@red.test\r\nno field\r\nFrom: bob@x.test\r\n\r\nbody\r\n").SingleAuthor());
    }

    [Property]
    public bool Rewrite_WithoutRemoval_PrependsToAnyOctets(byte[] octets)
        => MailHeader.Read(octets).Rewrite("X: 0\r\n", static _ => false).AsSpan().SequenceEqual([.. "X: 0\r\n"u8, .. octets]);

    [Theory]
    [InlineData("alice@red.test", true)]
    [InlineData("<alice@red.test>", true)]
    [InlineData("Alice <alice@red.test>", true)]
    [InlineData("\"Bob, <bob@x.test>\" <alice@red.test>", true)]
    [InlineData("Alice (is <bob@x.test> not) <alice@red.test>", true)]
    [InlineData("=?utf-8?q?Al=C3=AFce?= <alice@red.test> ", true)]
    [InlineData("bob@x.test, alice@red.test", false)]
    [InlineData("<bob@x.test>, <alice@red.test>", false)]
    [InlineData("bob@x.test <alice@red.test>, carol@x.test", false)]
    [InlineData("bob@x.test <alice@red.test>", false)]
    [InlineData("alice@red.test <alice@red.test>", true)]
    [InlineData("group: <alice@red.test>;", false)]
    [InlineData("\"unclosed <alice@red.test>", false)]
    [InlineData("(unclosed <alice@red.test>", false)]
    [InlineData(") <alice@red.test>", false)]
    [InlineData("<alice@red.test> bob@x.test", false)]
    [InlineData("", false)]
    public void SingleAuthor_OfField_IsReadOrRefused(string from, bool isAlice)
        => Assert.Equal(isAlice ? "alice@red.test" : null, Read($"From: {from}\r\n\r\n").SingleAuthor()?.Address);

    [Fact]
    public void SingleAuthor_OfTwoFields_IsNobody()
        => Assert.Null(Read("From: <alice@red.test>\r\nFROM: <bob@x.test>\r\n\r\n").SingleAuthor());

    private static MailHeader Read(string text) => MailHeader.Read(Encoding.UTF8.GetBytes(text));
}
