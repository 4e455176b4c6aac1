using System.Text.RegularExpressions;

namespace Bitmask.Architecture.Tests;

public sealed partial class StandardsTests
{
    [Fact]
    public void EveryRfcCitedInCode_StandsInTheListOfStandards()
    {
        var listed = Numbers(File.ReadAllText(Path.Combine(Sources.Root, "docs", "standards.md"))).ToHashSet();
        var cited = Sources.Files("src", "*.cs").SelectMany(path => Numbers(File.ReadAllText(path)).Select(number => (number, Sources.Relative(path))));

        Assert.Empty(cited.Where(citation => !listed.Contains(citation.number)).Distinct());
    }

    private static IEnumerable<int> Numbers(string text)
        => Rfc().Matches(text).Select(match => int.Parse(match.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex(@"\bRFCs? ?([0-9]{3,5})\b")]
    private static partial Regex Rfc();
}
