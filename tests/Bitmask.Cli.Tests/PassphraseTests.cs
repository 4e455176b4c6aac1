using System.Text;
using System.Text.Json;

namespace Bitmask.Cli.Tests;

/// <summary>A passphrase comes from a prompt, standard input or a file, octet for octet, and never from the command line.</summary>
public sealed class PassphraseTests : IAsyncLifetime
{
    private const string Answer = """{"address":"alice@red.test","uuid":"00","fingerprint":"AB","online":true}""";

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("bitmask-");
    private FakeDaemon _daemon = null!;

    public ValueTask InitializeAsync()
    {
        _daemon = new FakeDaemon(_home.FullName);
        _daemon.Answer("POST /v1/users", Answer);
        _daemon.Answer("POST /v1/users/alice%40red.test/auth", Answer);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _home.Delete(recursive: true);
    }

    [Theory]
    [InlineData("correct horse", "correct horse")]
    [InlineData("correct horse\n", "correct horse")]
    [InlineData("correct horse\r\nsecond line\n", "correct horse")]
    [InlineData(" spaces count ", " spaces count ")]
    [InlineData("Grüße 🐎\n", "Grüße 🐎")]
    public async Task File_FirstLine_IsThePassphrase(string content, string passphrase)
    {
        var ended = await RunAsync("create", content);

        Assert.Equal((0, ""), (ended.Code, ended.Errors));
        Assert.Equal(passphrase, Sent("POST /v1/users"));
    }

    [Fact]
    public async Task File_ForAuth_IsReadTheSameWay()
    {
        Assert.Equal(0, (await RunAsync("auth", "correct horse\n")).Code);
        Assert.Equal("correct horse", Sent("POST /v1/users/alice%40red.test/auth"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("\nsecond line")]
    public async Task File_Empty_IsRefusedAndNothingAsked(string content) => AssertNoPassphrase(await RunAsync("create", content), "empty");

    [Fact]
    public async Task File_Missing_IsRefusedAndNothingAsked()
    {
        var path = Path.Combine(_home.FullName, "nowhere");
        AssertNoPassphrase(await CommandLine.RunAsync("--home", _home.FullName, "user", "create", "alice@red.test", "--passphrase-file", path), path);
    }

    [Fact]
    public async Task File_ThatIsAFolder_IsRefusedAndNothingAsked()
        => AssertNoPassphrase(await CommandLine.RunAsync("--home", _home.FullName, "user", "create", "alice@red.test", "--passphrase-file", _home.FullName), _home.FullName);

    [Fact]
    public async Task Stdin_FirstLine_IsThePassphrase()
    {
        var ended = await CommandLine.StartAsync(Encoding.UTF8.GetBytes("Grüße 🐎\r\nmore\n"), "--home", _home.FullName, "user", "auth", "alice@red.test", "--passphrase-stdin");

        Assert.Equal((0, ""), (ended.Code, ended.Errors));
        Assert.Equal("Grüße 🐎", Sent("POST /v1/users/alice%40red.test/auth"));
    }

    [Theory]
    [InlineData("--passphrase-stdin")]
    [InlineData(null)]
    public async Task Stdin_EmptyOrNoTerminal_IsRefusedAndNothingAsked(string? option)
    {
        string[] words = ["--home", _home.FullName, "user", "create", "alice@red.test"];
        AssertNoPassphrase(await CommandLine.StartAsync([], option is null ? words : [.. words, option]), option is null ? "terminal" : "empty");
    }

    [Fact]
    public async Task CommandLine_OffersNoWayToGiveItThere()
    {
        var ended = await CommandLine.RunAsync("--home", _home.FullName, "user", "create", "alice@red.test", "correct horse");

        Assert.NotEqual(0, ended.Code);
        Assert.Empty(_daemon.Asked);
    }

    private async Task<Ended> RunAsync(string command, string content)
    {
        var path = Path.Combine(_home.FullName, "passphrase");
        await File.WriteAllTextAsync(path, content);
        return await CommandLine.RunAsync("--home", _home.FullName, "user", command, "alice@red.test", "--passphrase-file", path);
    }

    private string Sent(string call)
    {
        var body = Assert.Single(_daemon.Asked, asked => asked.Call == call).Body;
        return JsonDocument.Parse(body).RootElement.GetProperty("passphrase").GetString()!;
    }

    private void AssertNoPassphrase(Ended ended, string why)
    {
        Assert.Equal(1, ended.Code);
        Assert.Contains("[no-passphrase]", ended.Errors, StringComparison.Ordinal);
        Assert.Contains(why, ended.Errors, StringComparison.Ordinal);
        Assert.Empty(_daemon.Asked);
    }
}
