using System.Net;
using System.Net.Sockets;
using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>What goes wrong is said with its code and what to do, and nothing is lost by it.</summary>
[Collection(nameof(SmallWorld))]
public sealed class ClearErrorTests(SmallWorld world) : WorldTest(world)
{
    [Fact]
    public async Task WrongPassphrase_IsSaidAndChangesNothing()
    {
        (await World.CtlAsync(World.FirstDevice, ["user", "logout", World.Alice.Address])).Succeeded();

        var wrong = await World.CtlAsync(World.FirstDevice, ["user", "auth", World.Alice.Address, "--passphrase-stdin"], "not the passphrase\n");
        var right = await World.CtlAsync(World.FirstDevice, ["user", "auth", World.Alice.Address, "--passphrase-stdin"], World.Alice.Password + "\n");

        Assert.Equal(1, wrong.Code);
        Assert.Contains("[wrong-passphrase]", wrong.Errors, StringComparison.Ordinal);
        right.Succeeded();
    }

    [Fact]
    public async Task LockedAccount_DoorsSayUnavailableAndNotBadPassword()
    {
        Tool.Need("curl");
        Tool.Need("swaks");
        (await World.CtlAsync(World.FirstDevice, ["user", "logout", World.Alice.Address])).Succeeded();
        try
        {
            var imap = await Tool.RunAsync("curl", ["-sSv", "--max-time", "20", $"imap://{World.FirstDevice.Imap.Host}:{World.FirstDevice.Imap.Port}/", "-u", $"{World.Alice.Address}:{World.Alice.Token}"]);
            var smtp = await Tool.RunAsync("swaks", ["--server", $"{World.FirstDevice.Smtp.Host}:{World.FirstDevice.Smtp.Port}", "--auth", "PLAIN", "--auth-user", World.Alice.Address, "--auth-password", World.Alice.Token, "--from", World.Alice.Address, "--to", World.Bob.Address]);

            Assert.Contains("[UNAVAILABLE]", imap.Errors, StringComparison.Ordinal);
            Assert.Contains("454", smtp.Text, StringComparison.Ordinal);
        }
        finally
        {
            (await World.CtlAsync(World.FirstDevice, ["user", "auth", World.Alice.Address, "--passphrase-stdin"], World.Alice.Password + "\n")).Succeeded();
        }
    }

    [Theory]
    [InlineData("user", "auth", "nobody@red.test", "bad-credentials")]
    [InlineData("user", "auth", "alice@nowhere.test", "unavailable")]
    [InlineData("user", "create", "alice@red.test", "account-here")]
    [InlineData("mail", "status", "nobody@red.test", "unknown-user")]
    [InlineData("keys", "list", "not an address", "bad-address")]
    public async Task UnknownOrTaken_IsSaidWithItsCode(string group, string command, string address, string code)
    {
        var answer = await World.CtlAsync(World.FirstDevice, [group, command, address, .. group == "user" ? (string[])["--passphrase-stdin"] : []], "some passphrase\n");

        Assert.Equal(1, answer.Code);
        Assert.Contains($"[{code}]", answer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProviderDown_UnlocksWithoutItAndMailWaits()
    {
        Tool.Need("swaks");
        (await World.CtlAsync(World.FirstDevice, ["user", "logout", World.Alice.Address])).Succeeded();
        await Launcher.StopAsync(World.Red);
        Letter letter;
        try
        {
            (await World.CtlAsync(World.FirstDevice, ["user", "auth", World.Alice.Address, "--passphrase-stdin"], World.Alice.Password + "\n")).Succeeded();
            letter = Post.Write(World.Alice.Address, World.Bob.Address, "Written offline", "wait for me\r\n");
            (await Post.SubmitAsync(World, World.FirstDevice, World.Alice, [World.Bob.Address], letter)).Succeeded();
            var status = (await World.CtlAsync(World.FirstDevice, ["--json", "mail", "status", World.Alice.Address])).Succeeded().Text;
            Assert.Contains(World.Bob.Address, status, StringComparison.Ordinal);
        }
        finally
        {
            await World.StartAgainAsync(World.Red);
        }

        await Post.ReadAsync(World.FirstDevice, World.Bob, letter.MessageId);
    }

    [Fact]
    public async Task PortInUse_IsSaidAndTheOtherDoorsOpen()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        var home = World.Scratch("port-in-use");
        var (taken, smtp, http) = (((IPEndPoint)squatter.LocalEndpoint).Port, SandboxPlan.NextFree(31200), SandboxPlan.NextFree(31300));
        await File.WriteAllTextAsync(Path.Combine(home, "bitmaskd.json"), $$"""{"imap_port": {{taken}}, "smtp_port": {{smtp}}, "http_port": {{http}}}""");
        var environment = new Dictionary<string, string> { ["BITMASK_HOME"] = home };
        try
        {
            (await Tool.RunAsync(Programs.Cli, ["version"], environment: environment)).Succeeded();
            var status = (await Tool.RunAsync(Programs.Cli, ["status"], environment: environment)).Succeeded().Text;

            Assert.Contains("imap   failed", status, StringComparison.Ordinal);
            Assert.Contains("imap_port", status, StringComparison.Ordinal);
            Assert.Contains("smtp   listening", status, StringComparison.Ordinal);
        }
        finally
        {
            await Tool.RunAsync(Programs.Cli, ["stop"], environment: environment);
        }
    }

    [Fact]
    public async Task DamagedDatabase_IsSaidAndLeftAsItIs()
    {
        (await World.CtlAsync(World.FirstDevice, ["user", "logout", World.Bob.Address])).Succeeded();
        var account = Directory.EnumerateDirectories(Path.Combine(World.FirstDevice.Home, "accounts")).Single(folder => File.ReadAllText(Path.Combine(folder, "account.json")).Contains(World.Bob.Address, StringComparison.Ordinal));
        var database = Path.Combine(account, "soledad.db");
        var whole = await File.ReadAllBytesAsync(database);
        var damaged = whole.ToArray();
        for (var i = 100; i < 4000; i++)
        {
            damaged[i] ^= 0x55;
        }

        await File.WriteAllBytesAsync(database, damaged);
        var refused = await World.CtlAsync(World.FirstDevice, ["user", "auth", World.Bob.Address, "--passphrase-stdin"], World.Bob.Password + "\n");
        var kept = await File.ReadAllBytesAsync(database);
        await File.WriteAllBytesAsync(database, whole);

        Assert.Equal(1, refused.Code);
        Assert.Contains("backup", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(damaged, kept);
        (await World.CtlAsync(World.FirstDevice, ["user", "auth", World.Bob.Address, "--passphrase-stdin"], World.Bob.Password + "\n")).Succeeded();
    }
}
