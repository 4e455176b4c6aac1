using System.Text.Json;
using Bitmask.Daemon.Settings;
using Bitmask.Testing;

namespace Bitmask.Daemon.Tests;

public class SettingsTests
{
    [Fact]
    public void Reference_PageAndRecord_ShowTheSameOptionsMeaningsAndDefaults()
    {
        using var defaults = JsonSerializer.SerializeToDocument(new DaemonSettings(), SettingsJson.Default.DaemonSettings);
        var expected = SettingsFile.Reference.Select(option => $"| `{option.Option}` | `{defaults.RootElement.GetProperty(option.Option).GetRawText()}` | {option.Meaning} |");

        var page = File.ReadAllLines(Path.Combine(Vectors.Repository(), "docs", "settings.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal));

        Assert.Equal(expected, page);
        Assert.Equal(defaults.RootElement.EnumerateObject().Select(member => member.Name), SettingsFile.Reference.Select(option => option.Option));
    }

    [Fact]
    public void Read_ManyFaults_NamesAllOfThemAtOnce()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("bitmask-").FullName, "bitmaskd.json");
        File.WriteAllText(path, """{ "imap_port": 0, "name_server": "127.0.0.1", "proxy": "gopher://x", "port_map": {"443": 0}, "trusted_roots": ["/nowhere.pem"], "poll_seconds": 1 }""");

        var refused = Assert.Throws<DaemonException>(() => SettingsFile.Read(path));

        Assert.All((string[])["imap_port", "name_server", "proxy", "port_map", "trusted_roots", "poll_seconds"], option => Assert.Contains(option + ":", refused.Message, StringComparison.Ordinal));
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }
}
