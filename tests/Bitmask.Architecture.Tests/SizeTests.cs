namespace Bitmask.Architecture.Tests;

public sealed class SizeTests
{
    /// <summary>Files that may be longer, each with its reason. This list may only shrink.</summary>
    private static readonly Dictionary<string, string> Exceptions = [];

    [Theory]
    [InlineData("src", 400)]
    [InlineData("bench", 400)]
    [InlineData("tests", 600)]
    public void Files_AreNoLongerThanTheHouseAllows(string folder, int lines)
    {
        var long_ = Sources.Files(folder, "*.cs")
            .Select(path => (Path: Sources.Relative(path), Lines: File.ReadLines(path).Count()))
            .Where(file => file.Lines > lines && !Exceptions.ContainsKey(file.Path));

        Assert.Empty(long_);
    }

    [Fact]
    public void Folders_AreNamedForWhatTheyHold()
    {
        string[] vague = ["Common", "Shared", "Core", "Utils", "Util", "Helpers", "Misc"];

        Assert.DoesNotContain(Directory.EnumerateDirectories(Path.Combine(Sources.Root, "src"), "*", SearchOption.AllDirectories), path => vague.Contains(Path.GetFileName(path)));
    }
}
