using System.Net;
using System.Net.Sockets;
using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>What goes wrong is said with its code and what to do, and nothing is lost by it.</summary>
[Collection(nameof(SmallWorld))]
public sealed class ClearErrorTests(SmallWorld world)
{
    [Fact]
    public async Task WrongPassphrase_IsSaidAndChangesNothing()
    {
        (await World.CtlAsync(world.FirstDevice, ["user", "logout", world.Alice.Address])).Succeeded();

        var wrong = await World.CtlAsync(world.FirstDevice, ["user", "auth", world.Alice.Address, "--passphrase-stdin"], "not the passphrase\n");
        var right = await World.CtlAsync(world.FirstDevice, ["user", "auth", world.Alice.Address, "--passphrase-stdin"], world.Alice.Password + "\n");

        Assert.Equal(1, wrong.Code);
        Assert.Contains("[wrong-passphrase]", wrong.Errors, StringComparison.Ordinal);
        right.Succeeded();
    }

    [Fact]
    public async Task LockedAccount_DoorsSayUnavailableAndNotBadPassword()
    {
        Tool.Need("curl");
        Tool.Need("swaks");
        (await World.CtlAsync(world.FirstDevice, ["user", "logout", world.Alice.Address])).Succeeded();
        try
        {
            var imap = await Tool.RunAsync("curl", ["-sSv", "--max-time", "20", $"imap://{world.FirstDevice.Imap.Host}:{world.FirstDevice.Imap.Port}/", "-u", $"{world.Alice.Address}:{world.Alice.Token}"]);
            var smtp = await Tool.RunAsync("swaks", ["--server", $"{world.FirstDevice.Smtp.Host}:{world.FirstDevice.Smtp.Port}", "--auth", "PLAIN", "--auth-user", world.Alice.Address, "--auth-password", world.Alice.Token, "--from", world.Alice.Address, "--to", world.Bob.Address]);

            Assert.Contains("[UNAVAILABLE]", imap.Errors, StringComparison.Ordinal);
            Assert.Contains("454", smtp.Text, StringComparison.Ordinal);
        }
        finally
        {
            (await World.CtlAsync(world.FirstDevice, ["user", "auth", world.Alice.Address, "--passphrase-stdin"], world.Alice.Password + "\n")).Succeeded();
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
        var answer = await World.CtlAsync(world.FirstDevice, [group, command, address, .. group == "user" ? (string[])["--passphrase-stdin"] : []], "some passphrase\n");

        Assert.Equal(1, answer.Code);
        Assert.Contains($"[{code}]", answer.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ProviderDown_UnlocksWithoutItAndMailWaits()
    {
        Tool.Need("swaks");
        (await World.CtlAsync(world.FirstDevice, ["user", "logout", world.Alice.Address])).Succeeded();
        await Launcher.StopAsync(world.Red);
        Letter letter;
        try
        {
            (await World.CtlAsync(world.FirstDevice, ["user", "auth", world.Alice.Address, "--passphrase-stdin"], world.Alice.Password + "\n")).Succeeded();
            letter = Post.Write(world.Alice.Address, world.Bob.Address, "Written offline", "wait for me\r\n");
            (await Post.SubmitAsync(world, world.FirstDevice, world.Alice, [world.Bob.Address], letter)).Succeeded();
            var status = (await World.CtlAsync(world.FirstDevice, ["--json", "mail", "status", world.Alice.Address])).Succeeded().Text;
            Assert.Contains(world.Bob.Address, status, StringComparison.Ordinal);
        }
        finally
        {
            await world.StartAgainAsync(world.Red);
        }

        await Post.ReadAsync(world.FirstDevice, world.Bob, letter.MessageId);
    }

    [Fact]
    public async Task PortInUse_IsSaidAndTheOtherDoorsOpen()
    {
        using var squatter = new TcpListener(IPAddress.Loopback, 0);
        squatter.Start();
        var home = world.Scratch("port-in-use");
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
        (await World.CtlAsync(world.FirstDevice, ["user", "logout", world.Bob.Address])).Succeeded();
        var account = Directory.EnumerateDirectories(Path.Combine(world.FirstDevice.Home, "accounts")).Single(folder => File.ReadAllText(Path.Combine(folder, "account.json")).Contains(world.Bob.Address, StringComparison.Ordinal));
        var database = Path.Combine(account, "soledad.db");
        var whole = await File.ReadAllBytesAsync(database);
        var damaged = whole.ToArray();
        for (var i = 100; i < 4000; i++)
        {
            damaged[i] ^= 0x55;
        }

        await File.WriteAllBytesAsync(database, damaged);
        var refused = await World.CtlAsync(world.FirstDevice, ["user", "auth", world.Bob.Address, "--passphrase-stdin"], world.Bob.Password + "\n");
        var kept = await File.ReadAllBytesAsync(database);
        await File.WriteAllBytesAsync(database, whole);

        Assert.Equal(1, refused.Code);
        Assert.Contains("backup", refused.Errors, StringComparison.Ordinal);
        Assert.Equal(damaged, kept);
        (await World.CtlAsync(world.FirstDevice, ["user", "auth", world.Bob.Address, "--passphrase-stdin"], world.Bob.Password + "\n")).Succeeded();
    }
}
