using Bitmask.Protocol.Keys;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Keys;

public sealed class RecoveryCodeTests
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    [Fact]
    public void Code_WrittenAndRead_YieldsTheSameKeys()
    {
        for (var i = 0; i < 200; i++)
        {
            using var code = RecoveryCode.New();
            Assert.Matches("^([0-9A-HJKMNP-TV-Z]{5}-){7}[0-9A-HJKMNP-TV-Z]{5}$", code.Reveal());
            using var read = Read(code.Reveal());
            using var keys = RecoveryKeys.Derive(code);
            using var again = RecoveryKeys.Derive(read);
            Assert.Equal(keys.AuthSecret, again.AuthSecret);
            Assert.True(keys.WrapKey.FixedTimeEquals(again.WrapKey.Span));
            Assert.True(keys.BackupKey.FixedTimeEquals(again.BackupKey.Span));
            Assert.False(keys.WrapKey.FixedTimeEquals(keys.BackupKey.Span));
        }
    }

    [Fact]
    public void Code_TypedCarelessly_IsTheSame()
    {
        using var code = RecoveryCode.New();
        var text = code.Reveal();
        foreach (var typed in new[] { text.ToLowerInvariant(), text.Replace('-', ' '), text.Replace("-", "", StringComparison.Ordinal), " " + text.Replace('0', 'O').Replace('1', 'l') + "\n" })
        {
            using var read = Read(typed);
            Assert.Equal(text, read.Reveal());
        }
    }

    [Fact]
    public void Code_WithOneWrongCharacter_NamesTheGroup()
    {
        using var code = RecoveryCode.New();
        var text = code.Reveal();
        for (var at = 0; at < text.Length; at++)
        {
            foreach (var other in Alphabet.Where(other => text[at] != '-' && other != text[at]))
            {
                Assert.False(RecoveryCode.TryParse(text[..at] + other + text[(at + 1)..], out _, out var group));
                Assert.Equal((at / 6) + 1, group);
            }
        }
    }

    [Fact]
    public void Code_WithTwoNeighboursSwapped_IsRefused()
    {
        using var code = RecoveryCode.New();
        var text = code.Reveal();
        for (var at = 0; at + 1 < text.Length; at++)
        {
            if (text[at] != '-' && text[at + 1] != '-' && text[at] != text[at + 1])
            {
                Assert.False(RecoveryCode.TryParse(text[..at] + text[at + 1] + text[at] + text[(at + 2)..], out _, out _));
            }
        }
    }

    [Fact]
    public void Code_WithGroupsSwapped_IsRefused()
    {
        using var code = RecoveryCode.New();
        var groups = code.Reveal().Split('-');
        (groups[2], groups[5]) = (groups[5], groups[2]);

        Assert.False(RecoveryCode.TryParse(string.Join('-', groups), out _, out var wrong));
        Assert.Equal(3, wrong);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ABCDE")]
    [InlineData("correct horse battery staple")]
    public void Code_ThatIsNone_NamesNoGroup(string text)
    {
        Assert.False(RecoveryCode.TryParse(text, out _, out var group));
        Assert.Equal(0, group);
    }

    [Property(MaxTest = 500)]
    public bool Code_AnyText_NeverThrows(string? text) => !RecoveryCode.TryParse(text, out _, out _) || text!.Length >= 40;

    [Fact]
    public void Code_AsText_IsMasked()
    {
        using var code = RecoveryCode.New();
        using var keys = RecoveryKeys.Derive(code);
        Assert.Equal(("(secret)", "(secret)"), (code.ToString(), keys.ToString()));
    }

    private static RecoveryCode Read(string text)
    {
        Assert.True(RecoveryCode.TryParse(text, out var code, out _));
        return code!;
    }
}
