using System.Text.Json;
using Bitmask.Daemon.Settings;

namespace Bitmask.Daemon.Tests.Settings;

public sealed class SettingsFileTests : IDisposable
{
    private const string Everything = """
        {
          // A comment, and a comma at the end, are fine.
          "listen_address": "127.0.0.9", "imap_port": 11, "smtp_port": 12, "http_port": 13, "tls": "starttls", "name_server": "127.0.0.1:5353",
          "trusted_roots": [], "port_map": {"443": 8443}, "proxy": "socks5://127.0.0.1:9050", "legacy_token_file": true,
          "web_key_directory": false, "key_server": "https://keys.example.org", "open_key_server": "https://hkp.example.org", "lookup": "early",
          "poll_seconds": 61, "coalesce_milliseconds": 5, "max_message_bytes": 70000, "encrypted_only": true, "policy": "encrypted_only", "sign_clear": false, "undo_seconds": 10, "sent_copy": false, "attachments": "all", "attachment_cache_bytes": 99999999, "log_level": "Debug",
        }
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");

    private string File => Path.Combine(_folder.FullName, "bitmaskd.json");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void EveryOption_OfTheReference_Binds()
    {
        var (read, usual) = (Read(Everything), new DaemonSettings());

        Assert.Equal(SettingsFile.Reference.Select(entry => entry.Option), Options(read).Keys);
        foreach (var (option, value) in Options(read))
        {
            Assert.True(value != Options(usual)[option] || option == "trusted_roots", option);
            Assert.Contains($"\"{option}\"", Everything, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void MissingFile_AndEmptyObject_AreTheDefaults()
    {
        Assert.Equal(Options(new DaemonSettings()), Options(SettingsFile.Read(File)));
        Assert.Equal(Options(new DaemonSettings()), Options(Read("{}")));
        Assert.Empty(new DaemonSettings().Faults());
    }

    [Fact]
    public void Faults_AreNamedAllAtOnce()
    {
        var message = Refused("""
            {"listen_address":"0.0.0.0","imap_port":0,"smtp_port":7070,"http_port":7070,"tls":"ssl","name_server":"ns","trusted_roots":["/nowhere/root.crt"],"port_map":{"443":0},
             "proxy":"ftp://x","key_server":"http://x","open_key_server":"x","lookup":"never","policy":"never","poll_seconds":1,"coalesce_milliseconds":-1,"undo_seconds":-1,"max_message_bytes":1,"attachments":"some","attachment_cache_bytes":1,"log_level":"17"}
            """);

        Assert.All(SettingsFile.Reference.Where(entry => entry.Option is not ("legacy_token_file" or "web_key_directory" or "encrypted_only" or "sign_clear" or "sent_copy")), entry => Assert.Contains(entry.Option, message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"imap_prot": 1984}""", "imap_prot")]
    [InlineData("""{"imap_port": "1984"}""", "imap_port")]
    [InlineData("""{"imap_port": 1984, "imap_port": 1985}""", "imap_port")]
    [InlineData("""{"trusted_roots": null}""", "trusted_roots")]
    [InlineData("""{"port_map": null}""", "port_map")]
    [InlineData("""{"log_level": null}""", "log_level")]
    [InlineData("""{"listen_address": null}""", "listen_address")]
    [InlineData("imap_port = 1984", "")]
    [InlineData("", "")]
    public void Misspelt_Repeated_OrNoJson_IsRefusedWithItsName(string text, string named)
    {
        var message = Refused(text);

        Assert.Contains(File, message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("information")]
    [InlineData("2")]
    [InlineData("Debug, Trace")]
    public void LogLevel_OtherThanANameOfOne_IsRefused(string level) => Assert.Contains("log_level", Refused($$"""{"log_level":"{{level}}"}"""), StringComparison.Ordinal);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.3.2.1")]
    [InlineData("::1")]
    public void ListenAddress_AnyLoopback_IsFine(string address) => Assert.Equal(address, Read($$"""{"listen_address":"{{address}}"}""").ListenAddress);

    private static Dictionary<string, string> Options(DaemonSettings settings)
        => JsonSerializer.SerializeToElement(settings, SettingsJson.Default.DaemonSettings).EnumerateObject().ToDictionary(member => member.Name, member => member.Value.GetRawText());

    private DaemonSettings Read(string text)
    {
        System.IO.File.WriteAllText(File, text);
        return SettingsFile.Read(File);
    }

    private string Refused(string text)
    {
        var refused = Assert.Throws<DaemonException>(() => Read(text));
        Assert.Equal("bad-settings", refused.Code);
        Assert.NotNull(refused.Hint);
        return refused.Message;
    }
}
