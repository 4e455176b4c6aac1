using System.CommandLine;
using System.Text.Json;

namespace Bitmask.Cli.Tests;

public sealed class CommandTests : IAsyncLifetime
{
    private static readonly string[] Leaves =
    [
        "version", "status", "stop", "user create", "user auth", "user logout", "user list", "mail status", "mail get_token", "mail msg_status", "mail preflight", "outbox list", "outbox release", "outbox retry", "outbox schedule", "outbox cancel", "outbox edit", "mail check", "mail reindex", "keys list", "keys export", "keys export-secret", "keys explain", "keys confirm", "keys distrust", "keys release", "keys import", "keys replace", "keys delete", "keys refresh", "keys rotate",
        "keys rotate-epoch", "user passphrase", "user kit", "user test-kit", "user recover", "devices list", "devices name", "devices remove", "store check",
    ];

    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("bitmask-");
    private FakeDaemon _daemon = null!;

    public ValueTask InitializeAsync()
    {
        _daemon = new FakeDaemon(_home.FullName);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _daemon.DisposeAsync();
        _home.Delete(recursive: true);
    }

    [Fact]
    public void Tree_HoldsExactlyTheCommands() => Assert.Equal(Leaves.Order(), LeavesOf(BitmaskCtl.Build(TextWriter.Null, TextWriter.Null), "").Order());

    [Fact]
    public async Task Help_ShowsAllCommands_AndEachGroupItsOwn()
    {
        var root = (await CommandLine.RunAsync("--help")).Output;
        Assert.All(Leaves.Select(leaf => leaf.Split(' ')[0]).Distinct(), command => Assert.Contains($"  {command} ", root, StringComparison.Ordinal));
        Assert.Contains("--json", root, StringComparison.Ordinal);
        foreach (var leaf in Leaves.Where(leaf => leaf.Contains(' ', StringComparison.Ordinal)).Select(leaf => leaf.Split(' ')))
        {
            Assert.Contains($"  {leaf[1]} ", (await CommandLine.RunAsync(leaf[0], "--help")).Output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Version_IsReadByAPersonOrAProgram()
    {
        Assert.Equal("bitmaskd 9.8.7\n", (await RunAsync("version")).Output);
        Assert.Equal("{\"version\":\"9.8.7\"}\n", (await RunAsync("--json", "version")).Output);
    }

    [Fact]
    public async Task Status_ShowsDoorsAccountsAndWhatHappened()
    {
        _daemon.Answer("GET /v1/status", """
            {"version":"9.8.7","pid":4711,
             "doors":[{"name":"imap","state":"listening","address":"127.0.0.1:1984","error":null},{"name":"smtp","state":"failed","address":"127.0.0.1:2013","error":"The port is in use."}],
             "accounts":[{"address":"alice@red.test","uuid":"00","mode":"sealed","unlocked":true,"sync":"waiting","sync_reason":"No network.","outbox":2,"unread":3,"own_key":"withheld","quota":{"used_octets":1610612736,"limit_octets":1610612736},
                          "events":[{"name":"provider-downgrade","message":"It does not offer csr.","time":"2026-11-23T10:00:00+00:00"}]},
                         {"address":"bob@blue.test","uuid":"01","mode":"sealed","unlocked":false,"events":[]}]}
            """);

        var shown = (await RunAsync("status")).Output;

        Assert.All(
            (string[])["4711", "listening", "The port is in use.", "alice@red.test", "No network.", "3 unread", "2 in the outbox", "own key withheld", "1.5 GiB of 1.5 GiB used at the provider: full", "provider-downgrade: It does not offer csr.", "bob@blue.test  sealed, locked"],
            part => Assert.Contains(part, shown, StringComparison.Ordinal));
        using var json = JsonDocument.Parse((await RunAsync("--json", "status")).Output);
        Assert.Equal("No network.", json.RootElement.GetProperty("accounts")[0].GetProperty("sync_reason").GetString());
    }

    [Fact]
    public async Task Error_ForAProgram_IsOneJsonObjectOnStandardOutput()
    {
        _daemon.Answer("GET /v1/mail/alice%40red.test", """{"code":"locked","message":"alice@red.test is locked.","hint":"Unlock it."}""", status: 409);

        var ended = await RunAsync("--json", "mail", "status", "alice@red.test");

        Assert.Equal((1, ""), (ended.Code, ended.Errors));
        using var error = JsonDocument.Parse(ended.Output);
        Assert.Equal(["code", "message", "hint"], error.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal("locked", error.RootElement.GetProperty("code").GetString());
    }

    [Fact]
    public async Task Error_ForAPerson_SaysWhatHappenedAndWhatToDo()
    {
        _daemon.Answer("GET /v1/mail/alice%40red.test", """{"code":"locked","message":"alice@red.test is locked.","hint":"Unlock it."}""", status: 409);

        var ended = await RunAsync("mail", "status", "alice@red.test");

        Assert.Equal((1, "", "bitmaskctl: alice@red.test is locked. [locked]\nUnlock it.\n"), (ended.Code, ended.Output, ended.Errors));
    }

    [Theory]
    [InlineData("status")]
    [InlineData("stop")]
    public async Task NoDaemon_StatusAndStopDoNotStartOne(string command)
    {
        var empty = Path.Combine(_home.FullName, "empty");

        var ended = await CommandLine.RunAsync("--json", "--home", empty, command);

        Assert.Equal(1, ended.Code);
        Assert.Equal("not-running", JsonDocument.Parse(ended.Output).RootElement.GetProperty("code").GetString());
        Assert.False(Directory.Exists(empty));
    }

    [Fact]
    public async Task Home_TooDeepForASocket_IsAWordedError()
    {
        var ended = await CommandLine.RunAsync("--json", "--home", Path.Combine(_home.FullName, new string('x', 100)), "status");

        Assert.Equal((1, "bad-home"), (ended.Code, JsonDocument.Parse(ended.Output).RootElement.GetProperty("code").GetString()));
    }

    [Theory]
    [InlineData("<html>", 200)]
    [InlineData("", 500)]
    [InlineData("null", 200)]
    public async Task Answer_OfAnotherProgram_IsAWordedError(string body, int status)
    {
        _daemon.Answer("GET /v1/status", body, status);

        Assert.Contains("[unexpected]", (await RunAsync("status")).Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_ReadWellEmptyAndFull()
    {
        _daemon.Answer("GET /v1/users", "[]");
        Assert.Equal("no accounts\n", (await RunAsync("user", "list")).Output);
        _daemon.Answer("GET /v1/keys/alice%40red.test", """[{"address":"alice@red.test","fingerprint":"AB12","validation":"Fingerprint","is_own":true}]""");
        Assert.Equal("AB12  alice@red.test  own\n", (await RunAsync("keys", "list", "alice@red.test")).Output);
        _daemon.Answer("GET /v1/keys/alice%40red.test/export/alice%40red.test", """{"address":"alice@red.test","fingerprint":"AB12","armor":"-----BEGIN\n-----END\n"}""");
        Assert.Equal("-----BEGIN\n-----END\n", (await RunAsync("keys", "export", "alice@red.test")).Output);
    }

    [Fact]
    public async Task Key_IsExplainedAndDecidedAbout()
    {
        const string Explained = """
            {"address":"bob@blue.test","fingerprint":"AB12CD34","validation":"Fingerprint","state":"valid","encrypt_used":true,"sign_used":true,"binds":true,"released":"2026-11-23T10:00:00+00:00",
             "history":[{"act":"replaced","at":"2026-11-22T10:00:00+00:00","fingerprint":"AB12CD34","validation":"Weak_Chain","source":"WebKeyDirectory","rule":"new signed by old","replaced":"EF56"}],
             "candidates":[{"fingerprint":"9999","source":"Gossip","at":"2026-11-21T10:00:00+00:00","reason":"Unproved."}],"distrusted":["6666"]}
            """;
        _daemon.Answer("GET /v1/keys/alice%40red.test/explain/bob%40blue.test", Explained);
        _daemon.Answer("POST /v1/keys/alice%40red.test/confirm/bob%40blue.test", Explained);
        _daemon.Answer("POST /v1/keys/alice%40red.test/release/bob%40blue.test", Explained);
        _daemon.Answer("POST /v1/keys/alice%40red.test/replace/bob%40blue.test", Explained);
        var file = Path.Combine(_home.FullName, "bob.asc");
        await File.WriteAllTextAsync(file, "-----BEGIN", TestContext.Current.CancellationToken);

        var shown = (await RunAsync("keys", "explain", "alice@red.test", "bob@blue.test")).Output;
        await RunAsync("keys", "confirm", "alice@red.test", "bob@blue.test", "ab12", "cd34");
        await RunAsync("keys", "release", "alice@red.test", "bob@blue.test", "--undo");
        await RunAsync("keys", "replace", "alice@red.test", "bob@blue.test", file);

        Assert.All(
            (string[])["AB12 CD34", "valid, Fingerprint, used both ways", "never sent in clear", "released from encryption since 2026-11-23",
                "2026-11-22  replaced AB12CD34 in place of EF56 from WebKeyDirectory, Weak_Chain (new signed by old)", "shown, not in use: 9999 from Gossip since 2026-11-21. Unproved.", "distrusted: 6666"],
            part => Assert.Contains(part, shown, StringComparison.Ordinal));
        Assert.Contains("\"fingerprint\":\"ab12 cd34\"", BodyOf("confirm"), StringComparison.Ordinal);
        Assert.Contains("\"undo\":true", BodyOf("release"), StringComparison.Ordinal);
        Assert.Contains("-----BEGIN", BodyOf("replace"), StringComparison.Ordinal);
        Assert.Equal(1, (await RunAsync("keys", "import", "alice@red.test", "bob@blue.test", file + ".none")).Code);

        string BodyOf(string act) => Assert.Single(_daemon.Asked, asked => asked.Call.Contains($"/{act}/", StringComparison.Ordinal)).Body;
    }

    [Fact]
    public async Task Token_OfANamedClient_IsAskedForByItsName()
    {
        _daemon.Answer("POST /v1/mail/alice%40red.test/token?client=my%20phone", """{"user":"alice@red.test","client":"my phone","token":"t0ken"}""");

        Assert.Contains("t0ken", (await RunAsync("mail", "get_token", "alice@red.test", "--client", "my phone")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MailCheck_TellsEveryDifference_AndEndsWithOneWhenThereIsAny()
    {
        _daemon.Answer("POST /v1/mail/alice%40red.test/check", """{"address":"alice@red.test","differences":[],"waiting":3}""");
        var well = await RunAsync("mail", "check", "alice@red.test");
        Assert.Equal((0, "alice@red.test: all is well; 3 mails wait for the search index\n"), (well.Code, well.Output));

        _daemon.Answer("POST /v1/mail/alice%40red.test/check", """{"address":"alice@red.test","differences":["entry 1 is missing","head 2 differs"],"waiting":0}""");
        var wrong = await RunAsync("mail", "check", "alice@red.test");
        Assert.Equal((1, "alice@red.test: 2 differences\n  entry 1 is missing\n  head 2 differs\nMend it with: bitmaskctl mail reindex alice@red.test\n"), (wrong.Code, wrong.Output));
        var json = await RunAsync("--json", "mail", "check", "alice@red.test");
        Assert.Equal(1, json.Code);
        Assert.Equal("head 2 differs", JsonDocument.Parse(json.Output).RootElement[0].GetProperty("differences")[1].GetString());
    }

    [Fact]
    public async Task StoreCheck_TellsEveryFault_AndEndsWithOneWhenThereIsAny()
    {
        _daemon.Answer("POST /v1/store/alice%40red.test/check", """{"address":"alice@red.test","faults":["document d-1 has no row in the log","index of document d-2 differs"],"repaired":null}""");
        var wrong = await RunAsync("store", "check", "alice@red.test");
        Assert.Equal((1, "alice@red.test: 2 faults\ndocument d-1 has no row in the log\nindex of document d-2 differs\n"), (wrong.Code, wrong.Output));

        _daemon.Answer("POST /v1/store/alice%40red.test/check?repair=true", """{"address":"alice@red.test","faults":[],"repaired":2}""");
        var repaired = await RunAsync("store", "check", "alice@red.test", "--repair");
        Assert.Equal((0, "alice@red.test: all is well, 2 faults were found and repaired\n"), (repaired.Code, repaired.Output));
    }

    [Fact]
    public async Task MailReindex_WithoutAddress_AsksForEveryUnlockedAccount()
    {
        const string Status = """{"version":"9.8.7","pid":1,"doors":[],"accounts":[{"address":"a@red.test","uuid":"00","mode":"sealed","unlocked":true,"events":[]},{"address":"b@red.test","uuid":"01","mode":"sealed","unlocked":UNLOCKED,"events":[]}]}""";
        _daemon.Answer("GET /v1/status", Status.Replace("UNLOCKED", "true", StringComparison.Ordinal));
        _daemon.Answer("POST /v1/mail/a%40red.test/reindex", """{"address":"a@red.test","differences":[],"waiting":0}""");
        _daemon.Answer("POST /v1/mail/b%40red.test/reindex", """{"address":"b@red.test","differences":[],"waiting":7}""");
        Assert.Equal("a@red.test: derived anew\nb@red.test: derived anew; 7 mails wait for the search index\n", (await RunAsync("mail", "reindex")).Output);

        _daemon.Answer("GET /v1/status", Status.Replace("UNLOCKED", "false", StringComparison.Ordinal).Replace("true", "false", StringComparison.Ordinal));
        var none = await RunAsync("mail", "check");
        Assert.Equal(1, none.Code);
        Assert.Contains("No account is unlocked", none.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logout_SaysWhatWaitsInTheOutbox()
    {
        _daemon.Answer("POST /v1/users/alice%40red.test/logout", """{"address":"alice@red.test","was_unlocked":true,"outbox":2}""");

        Assert.Equal("alice@red.test is locked; 2 mails wait in the outbox until it is unlocked\n", (await RunAsync("user", "logout", "alice@red.test")).Output);
    }

    private static IEnumerable<string> LeavesOf(Command command, string path)
        => command.Subcommands.Count == 0 ? [path] : command.Subcommands.SelectMany(child => LeavesOf(child, (path + " " + child.Name).Trim()));

    private Task<Ended> RunAsync(params string[] words) => CommandLine.RunAsync(["--home", _home.FullName, .. words]);
}
