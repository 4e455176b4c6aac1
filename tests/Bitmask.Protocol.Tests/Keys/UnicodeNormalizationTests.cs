using Bitmask.Protocol.Keys;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Keys;

public sealed class UnicodeNormalizationTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("plain", "plain")]
    [InlineData("a\u0308", "\u00E4")]
    [InlineData("\u212B", "\u00C5")]
    [InlineData("\u1100\u1161\u11A8", "\uAC01")]
    [InlineData("\uAC00\u11A8", "\uAC01")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\u0958", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165")]
    [InlineData("a\u0301\u0300", "\u00E1\u0300")]
    [InlineData("\u09C7\u09BE", "\u09CB")]
    public void ToNfc_KnownText_IsComposed(string text, string expected) => Assert.Equal(expected, UnicodeNormalization.ToNfc(text));

    [Fact]
    public void ToNfc_MixedText_IsAsAnotherImplementationSays()
    {
        foreach (var (text, expected) in Mixed())
        {
            Assert.Equal(expected, UnicodeNormalization.ToNfc(text));
        }
    }

    [Property(MaxTest = 300)]
    public bool ToNfc_Twice_IsLikeOnce(string? text)
    {
        var once = UnicodeNormalization.ToNfc(text ?? "");
        return UnicodeNormalization.ToNfc(once) == once;
    }

    private static IEnumerable<(string Text, string Expected)> Mixed()
    {
        yield return ("\U0001BC9E\u0061\u11FF\u1EE8\U0002F803", "\U0001BC9E\u0061\u11FF\u1EE8\U00020122");
        yield return ("\u0F74\u0064\u0068\u1FFC\uAC1E\U0001E132\u11A3\u1E99", "\u0F74\u0064\u0068\u1FFC\uAC1E\U0001E132\u11A3\u1E99");
        yield return ("\u05A4\u00D9\U00011A34\u0612\u08D1\u06D9\u0076\u0653", "\u05A4\u00D9\U00011A34\u08D1\u0612\u06D9\u0076\u0653");
        yield return ("\uAC31\uFB3E\u11A9\u0825", "\uAC31\u05DE\u05BC\u11A9\u0825");
        yield return ("\u08DD\u0073", "\u08DD\u0073");
        yield return ("\u0076", "\u0076");
        yield return ("\uFA10\U0001D189\u1CE2\u0656\uACE3\u033A", "\u585A\u1CE2\u0656\U0001D189\uACE3\u033A");
        yield return ("\uFB2D\u1112\u006E\u0F37\u0061", "\u05E9\u05BC\u05C2\u1112\u006E\u0F37\u0061");
        yield return ("\u1F5B\u0067\uF908\uAC60\u006C\u0069\u116E\u0078", "\u1F5B\u0067\u9F9C\uAC60\u006C\u0069\u116E\u0078");
        yield return ("\u0325\u115D\u09BC\u0074\u05B4\u0899", "\u0325\u115D\u09BC\u0074\u05B4\u0899");
        yield return ("\uFA1D\u08E3\U0001D167\u1EC7\u1CE5\U00010F4F\u04F5\u0072\u1120", "\u7CBE\U0001D167\u08E3\u1EC7\u1CE5\U00010F4F\u04F5\u0072\u1120");
        yield return ("\u006C\u1B70\u1195\u0162", "\u006C\u1B70\u1195\u0162");
        yield return ("\U0001E00B\u05A2\u0065\u116D\u1AC0\u05B5\U0002F8CB\u05AD", "\u05A2\U0001E00B\u0065\u116D\u05B5\u1AC0\u65E3\u05AD");
        yield return ("\u0066\u006F\uAC45\uAC18\u1CD6\u1196\U0002F819\u0066", "\u0066\u006F\uAC45\uAC18\u1CD6\u1196\u4ECC\u0066");
        yield return ("\u0651\U0002F9EF\u1DD8\u0071\u0340\U00010378\u0076\uF9FD", "\u0651\u4995\u1DD8\u0071\u0300\U00010378\u0076\u4EC0");
        yield return ("\u0077\U0001E008\uAC0F\u09BC\u2CF0\U0002F9A7", "\u0077\U0001E008\uAC0F\u09BC\u2CF0\u452B");
    }
}
