using Bitmask.Testing;
using FsCheck.Xunit;

namespace Bitmask.Mail.Tests;

public class EnvelopeTests
{
    [Fact]
    public void SourceRoute_IsShown()
        => Assert.Equal(new EnvelopeAddress(null, "r", "x.test", "@route.test,@two.test"), Assert.Single(AddressList.Parse("<@route.test,@two.test:r@x.test>")));

    [Theory]
    [InlineData("alice@red.test", "(|alice|red.test)")]
    [InlineData("<alice@red.test>", "(|alice|red.test)")]
    [InlineData("Alice <alice@red.test>", "(Alice|alice|red.test)")]
    [InlineData("\"Doe, Jane\" <jane@x.test>", "(Doe, Jane|jane|x.test)")]
    [InlineData("\"a \\\"b\\\" \\\\\" <j@x.test>", "(a \"b\" \\|j|x.test)")]
    [InlineData("John Q. Public <john@x.test>", "(John Q. Public|john|x.test)")]
    [InlineData("jane@x.test (Jane Doe)", "(Jane Doe|jane|x.test)")]
    [InlineData("Carl (a (nested) comment) <carl@x.test>", "(Carl|carl|x.test)")]
    [InlineData("<carl (a (nested) one)@ (and another) x.test>", "(|carl|x.test)")]
    [InlineData("<\"c (a)\" (b)@x.test(open", "(|c (a)|x.test)")]
    [InlineData("=?utf-8?q?J=C3=BCrgen?= <j@x.test>", "(=?utf-8?q?J=C3=BCrgen?=|j|x.test)")]
    [InlineData("a@x.test, b@y.test,c@z.test", "(|a|x.test)(|b|y.test)(|c|z.test)")]
    [InlineData("<@route.test,@two.test:r@x.test>", "(|r|x.test)")]
    [InlineData("\"quoted local\"@x.test", "(|quoted local|x.test)")]
    [InlineData("user@[192.0.2.1]", "(|user|[192.0.2.1])")]
    [InlineData("friends: a@x.test, \"B b\" <b@x.test>;, c@x.test", "(|friends|-)(|a|x.test)(B b|b|x.test)(|-|-)(|c|x.test)")]
    [InlineData("undisclosed-recipients:;", "(|undisclosed-recipients|-)(|-|-)")]
    [InlineData("open: a@x.test", "(|open|-)(|a|x.test)(|-|-)")]
    [InlineData("just a name", "(|just a name|)")]
    [InlineData("Jürgen <jürgen@größe.test>", "(Jürgen|jürgen|größe.test)")]
    [InlineData("broken <a@b", "(broken|a|b)")]
    [InlineData("", "")]
    [InlineData(",,;", "")]
    [InlineData("a . b @ x.test", "(|a.b|x.test)")]
    public void Addresses_Written_AreRead(string text, string expected)
        => Assert.Equal(expected, string.Concat(AddressList.Parse(text).Select(address => $"({address.Name}|{address.Mailbox ?? "-"}|{address.Host ?? "-"})")));

    [Property(MaxTest = 1000)]
    public void Addresses_AnyText_AreReadToTheEnd(string text) => Assert.NotNull(AddressList.Parse(text ?? ""));

    [Property(MaxTest = 1000)]
    public void Parameters_AnyText_AreReadToTheEnd(string text) => Assert.NotNull(ParameterList.Parse(text ?? "").Parameters);

    [Fact]
    public void Envelope_SenderAndReplyTo_DefaultToFrom()
    {
        var envelope = Read("plain");
        Assert.Equal("alice", Assert.Single(envelope.From).Mailbox);
        Assert.Equal(envelope.From, envelope.Sender);
        Assert.Equal(envelope.From, envelope.ReplyTo);
        Assert.Empty(envelope.Cc);
        Assert.Equal(("Sun, 1 Mar 2026 12:00:00 +0000", "plain", "<1@red.test>", (string?)null), (envelope.Date, envelope.Subject, envelope.MessageId, envelope.InReplyTo));
    }

    [Theory]
    [InlineData("folded", "a folded\tsubject")]
    [InlineData("eight-bit-latin1", "café")]
    [InlineData("eight-bit-utf8", "Grüße 日本")]
    [InlineData("space-before-colon", "spaced")]
    [InlineData("repeated-headers", "one")]
    [InlineData("bad-header-line", "a")]
    [InlineData("no-header", null)]
    public void Envelope_OddHeader_HasItsSubject(string name, string? subject) => Assert.Equal(subject, Read(name).Subject);

    [Theory]
    [MemberData(nameof(SplitterTests.Odd), MemberType = typeof(SplitterTests))]
    public void Envelope_Texts_HoldNoLineEnds(string name)
    {
        var envelope = Read(name);
        var texts = new[] { envelope.Date, envelope.Subject, envelope.MessageId, envelope.InReplyTo }
            .Concat(envelope.From.Concat(envelope.To).Concat(envelope.Cc).SelectMany(address => new[] { address.Name, address.Mailbox, address.Host }));
        Assert.DoesNotContain(texts.OfType<string>(), text => text.AsSpan().ContainsAny("\r\n\0"));
    }

    private static MessageEnvelope Read(string name)
    {
        var message = OddMessages.Get(name);
        var root = StructureReader.Read(message);
        return EnvelopeReader.Read(HeaderFields.Parse(message.AsSpan(0, (int)root.BodyOffset), out _));
    }
}
