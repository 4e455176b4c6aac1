using System.CommandLine;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.Setup;

public sealed class CommandLineTests
{
    [Fact]
    public async Task Init_WithEveryOption_WritesThemAll()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        try
        {
            var data = Path.Combine(folder.FullName, "data");
            var root = new RootCommand { InitCommand.Create() };

            var code = await root.Parse(
            [
                "init", "--data", data, "--domain", "red.test", "--listen-address", "127.0.0.11", "--web-port", "9001", "--api-port", "9002", "--soledad-port", "9003",
                "--nicknym-port", "9004", "--mx-port", "9005", "--submission-port", "9006", "--name-server", "127.0.0.1:9053", "--relay-port", "9005", "--relay-retry-seconds", "2",
                "--port-map", "443=9001", "--port-map", "nicknym.blue.test:6425=9004", "--enrollment-policy", "closed", "--max-message-bytes", "100000", "--log-level", "Warning",
                "--queue-keys", Path.Combine(folder.FullName, "keys"), "--proxy", "socks5://127.0.0.1:9050",
            ]).InvokeAsync(new InvocationConfiguration { Output = TextWriter.Null });

            Assert.Equal(0, code);
            var settings = SettingsFile.Read(data);
            Assert.Equal(
                ("red.test", "127.0.0.11", 9001, 9002, 9003, 9004, 9005, 9006),
                (settings.Domain, settings.ListenAddress, settings.WebPort, settings.ApiPort, settings.SoledadPort, settings.NicknymPort, settings.MxPort, settings.SubmissionPort));
            Assert.Equal(("127.0.0.1:9053", 9005, 2, "closed", 100000, "Warning"), (settings.NameServer, settings.RelayPort, settings.RelayRetrySeconds, settings.EnrollmentPolicy, settings.MaxMessageBytes, settings.LogLevel));
            Assert.Equal(new Dictionary<string, int> { ["443"] = 9001, ["nicknym.blue.test:6425"] = 9004 }, settings.PortMap);
            Assert.Equal(Path.Combine(folder.FullName, "keys"), settings.QueueKeysFolder);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Init_HasAnOptionForEverySetting()
        => Assert.Empty(SettingsFile.Reference.Select(entry => "--" + entry.Option.Replace('_', '-')).Except(InitCommand.Create().Options.Select(option => option.Name)));

    [Fact]
    public async Task Check_OfAFreshProvider_FindsAllWell()
    {
        await using var provider = await TestProvider.StartAsync();
        await provider.StopAsync();
        var root = new RootCommand { CheckCommand.Create() };

        Assert.Equal(0, await root.Parse(["check", "--data", provider.DataPath, "--remove-leftovers"]).InvokeAsync(new InvocationConfiguration { Output = TextWriter.Null }));
        await provider.StartHostAsync();
    }
}
