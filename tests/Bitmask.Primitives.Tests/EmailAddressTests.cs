using FsCheck;
using FsCheck.Xunit;

namespace Bitmask.Primitives.Tests;

public sealed class EmailAddressTests
{
    [Theory]
    [InlineData("alice@red.test")]
    [InlineData("a.b+c@x.y")]
    [InlineData("jörg@exämple.org")]
    [InlineData("o'neil@example.org")]
    public void TryParse_Address_Accepts(string text)
    {
        Assert.True(EmailAddress.TryParse(text, out var address));
        Assert.Equal(text, address.Address);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("alice")]
    [InlineData("@red.test")]
    [InlineData("alice@")]
    [InlineData("a b@x.y")]
    [InlineData("a..b@x.y")]
    [InlineData(".a@x.y")]
    [InlineData("a.@x.y")]
    [InlineData("a@x..y")]
    [InlineData("a@-x.y")]
    [InlineData("a@x.y\r\nRCPT TO:<m@z>")]
    [InlineData("<a@x.y>")]
    [InlineData("a\"b@x.y")]
    public void TryParse_OtherText_Refuses(string? text) => Assert.False(EmailAddress.TryParse(text, out _));

    [Theory]
    [InlineData("alice@red.test", true)]
    [InlineData("Alice+news@red.test", true)]
    [InlineData("alice+a+b@red.test", true)]
    [InlineData("alice+@red.test", true)]
    [InlineData("alice+news@blue.test", false)]
    [InlineData("+alice@red.test", false)]
    [InlineData("bob+alice@red.test", false)]
    public void Owns_SuffixOrNone_SameAccount(string sender, bool isOwn) => Assert.Equal(isOwn, EmailAddress.Parse("alice@red.test").Owns(EmailAddress.Parse(sender)));

    [Fact]
    public void TryParse_TooLong_Refuses()
    {
        Assert.False(EmailAddress.TryParse(new string('a', 65) + "@x.y", out _));
        Assert.False(EmailAddress.TryParse("a@" + string.Join('.', Enumerable.Repeat(new string('b', 60), 5)), out _));
    }

    [Fact]
    public void Equality_IgnoresCase() => Assert.Equal(EmailAddress.Parse("Bob@Blue.Test"), EmailAddress.Parse("bob@blue.test"));

    [Fact]
    public void ToString_MasksTheLocalPart() => Assert.Equal("a…@red.test", EmailAddress.Parse("alice@red.test").ToString());

    [Property]
    public void TryParse_AnyText_NeverThrowsAndRoundTrips(NonNull<string> text)
    {
        if (EmailAddress.TryParse(text.Get, out var address))
        {
            Assert.Equal(address, EmailAddress.Parse(address.Address));
            Assert.DoesNotContain('\n', address.Address);
        }
    }
}
