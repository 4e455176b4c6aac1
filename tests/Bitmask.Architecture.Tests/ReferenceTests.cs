using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Bitmask.Architecture.Tests;

public sealed class ReferenceTests
{
    /// <summary>Who may know whom. Adding an arrow is an edit here and in docs/architecture.md, which somebody sees.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Primitives"] = [],
        ["Sqlite"] = ["Primitives"],
        ["Protocol"] = ["Primitives"],
        ["OpenPgp"] = ["Primitives"],
        ["Smtp"] = ["Primitives"],
        ["OpenPgp.Secret"] = ["Primitives", "OpenPgp"],
        ["Bonafide"] = ["Primitives", "Sqlite", "Protocol"],
        ["Soledad"] = ["Primitives", "Sqlite", "Protocol"],
        ["KeyManager"] = ["Primitives", "Protocol", "OpenPgp", "OpenPgp.Secret", "Soledad"],
        ["Mail"] = ["Primitives", "Sqlite", "Soledad"],
        ["Mail.Pipelines"] = ["Primitives", "Protocol", "OpenPgp", "OpenPgp.Secret", "Smtp", "Soledad", "KeyManager", "Mail"],
        ["Imap"] = ["Primitives", "Mail"],
        ["Daemon"] = ["Primitives", "Sqlite", "Protocol", "OpenPgp", "OpenPgp.Secret", "Smtp", "Bonafide", "Soledad", "KeyManager", "Mail", "Mail.Pipelines", "Imap"],
        ["Cli"] = ["Primitives", "Protocol"],
        ["Provider"] = ["Primitives", "Sqlite", "Protocol", "OpenPgp", "Smtp"],
    };

    [Fact]
    public void Projects_ReferenceOnlyWhatTheTableAllows()
    {
        var references = Sources.References();

        Assert.Equal(Allowed.Keys.Order(), references.Keys.Order());
        Assert.All(references, project => Assert.Empty(project.Value.Except(Allowed[project.Key])));
    }

    [Fact]
    public void ArchitecturePage_ShowsTheSameProjects()
    {
        var page = File.ReadAllText(Path.Combine(Sources.Root, "docs", "architecture.md"));

        Assert.All(Allowed.Keys, name => Assert.Contains($"| `Bitmask.{name}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void ProviderAssembly_HoldsNoReferenceToSecretKeysOrDecryption()
    {
        var (assemblies, types) = ReferencesOf("Bitmask.Provider", "bitmask-provider.dll");

        Assert.DoesNotContain(assemblies, name => name.StartsWith("Bitmask.OpenPgp.Secret", StringComparison.Ordinal)
            || name is "BouncyCastle.Cryptography" or "Bitmask.Soledad" or "Bitmask.KeyManager" or "Bitmask.Mail");
        Assert.DoesNotContain(types, IsSecret);
    }

    [Fact]
    public void PublicHalfOfOpenPgp_HoldsNoReferenceToSecretKeys()
    {
        var (_, types) = ReferencesOf("Bitmask.Provider", "Bitmask.OpenPgp.dll");

        Assert.NotEmpty(types);
        Assert.DoesNotContain(types, IsSecret);
    }

    [Theory]
    [InlineData("SQLitePCL", "Bitmask.Sqlite")]
    [InlineData("Org.BouncyCastle.Bcpg", "Bitmask.OpenPgp", "Bitmask.OpenPgp.Secret")]
    public void ThirdPartyTypes_StayOnTheirFloor(string space, params string[] owners)
    {
        var strangers = Sources.Files("src", "*.cs")
            .Where(path => !owners.Any(owner => Sources.Relative(path).StartsWith($"src/{owner}/", StringComparison.Ordinal)))
            .Where(path => File.ReadAllText(path).Contains(space, StringComparison.Ordinal));

        Assert.Empty(strangers.Select(Sources.Relative));
    }

    private static bool IsSecret(string type)
        => type.StartsWith("Bitmask.OpenPgp.Secret", StringComparison.Ordinal)
            || (type.StartsWith("Org.BouncyCastle.Bcpg", StringComparison.Ordinal)
                && (type.Contains("Secret", StringComparison.Ordinal) || type.Contains("PrivateKey", StringComparison.Ordinal)));

    private static (string[] Assemblies, string[] Types) ReferencesOf(string project, string file)
    {
        var built = Directory.EnumerateFiles(Path.Combine(Sources.Root, "artifacts", "bin", project), file, SearchOption.AllDirectories)
            .OrderByDescending(File.GetLastWriteTimeUtc).First();
        using var stream = File.OpenRead(built);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        return (
            [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))],
            [.. metadata.TypeReferences.Select(metadata.GetTypeReference).Select(type => metadata.GetString(type.Namespace) + "." + metadata.GetString(type.Name))]);
    }
}
