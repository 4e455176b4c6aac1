using System.Xml.Linq;
using Bitmask.Testing;

namespace Bitmask.Architecture.Tests;

/// <summary>The repository as the rules see it.</summary>
internal static class Sources
{
    public static string Root { get; } = Vectors.Repository();

    public static IEnumerable<string> Files(string folder, string pattern)
        => Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Where(path => !path.Contains("/artifacts/", StringComparison.Ordinal) && !path.Contains("/obj/", StringComparison.Ordinal));

    public static string Relative(string path) => Path.GetRelativePath(Root, path);

    /// <summary>Project name (without the Bitmask. in front) → names it references.</summary>
    public static Dictionary<string, string[]> References()
        => Files("src", "*.csproj").ToDictionary(Name, path => XDocument.Load(path).Descendants("ProjectReference")
            .Select(reference => Name(reference.Attribute("Include")!.Value)).ToArray());

    private static string Name(string path) => Path.GetFileNameWithoutExtension(path)["Bitmask.".Length..];
}
