using System.Text.Json;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Keys;

namespace Bitmask.Bonafide.Tests;

/// <summary>A provider, or somebody in between, that wants less: each try ends in a named error, and nothing that depends on the passphrase has gone out.</summary>
public sealed class DowngradeTests : IAsyncLifetime
{
    private const string Passphrase = "correct horse battery staple";
    private ScriptedProvider _provider = null!;

    public async ValueTask InitializeAsync() => _provider = await ScriptedProvider.StartAsync();

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task AnyMissingCapability_IsProviderDowngrade()
    {
        var good = _provider.Info;
        var shortened = ProviderCapabilities.RequiredSecurity.Select(name => new ProviderCapabilities
        {
            Security = [.. ProviderCapabilities.RequiredSecurity.Where(other => other != name)],
        });
        foreach (var capabilities in shortened.Append(null))
        {
            _provider.Info = good with { Bitmask = capabilities };
            using var client = await ConnectAsync();
            await FailsAsync(BonafideErrors.ProviderDowngrade, () => client.SignUpAsync("alice", Passphrase));
            await FailsAsync(BonafideErrors.ProviderDowngrade, () => client.LogInAsync("alice", Passphrase));
        }

        Assert.DoesNotContain(_provider.Requests, r => r.Path.StartsWith("/1/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"version":2,"profile":"a0","salt":"AAAAAAAAAAAAAAAAAAAAAA","group":"rfc5054-3072"}""", BonafideErrors.WeakKdf)]
    [InlineData("""{"version":2,"profile":"a1","salt":"AAAAAAAAAAA","group":"rfc5054-3072"}""", BonafideErrors.WeakKdf)]
    [InlineData("""{"version":2,"profile":"a1","salt":"","group":"rfc5054-3072"}""", BonafideErrors.WeakKdf)]
    [InlineData("""{"version":2,"profile":"a1","salt":"!","group":"rfc5054-3072"}""", BonafideErrors.WeakKdf)]
    [InlineData("""{"version":1,"profile":"a1","salt":"AAAAAAAAAAAAAAAAAAAAAA","group":"rfc5054-3072"}""", BonafideErrors.WeakKdf)]
    [InlineData("""{"version":2,"profile":"a1","salt":"AAAAAAAAAAAAAAAAAAAAAA","group":"rfc5054-1024"}""", BonafideErrors.WeakGroup)]
    [InlineData("""{"version":2,"profile":"a1","salt":"AAAAAAAAAAAAAAAAAAAAAA","group":{"N":"17","g":"3"}}""", BonafideErrors.BadAnswer)]
    [InlineData("{}", BonafideErrors.BadAnswer)]
    public async Task WeakParameters_AreRefusedBeforeTheLogin(string parameters, string code)
    {
        using var client = await ConnectAsync();
        _provider.Answer("GET", "/1/sessions/params", 200, parameters);
        await FailsAsync(code, () => client.LogInAsync("alice", Passphrase));
        Assert.DoesNotContain(_provider.Requests, r => r.Path == "/1/sessions");
    }

    [Fact]
    public async Task WrongM2_IsServerNotProven()
    {
        using var client = await ConnectAsync();
        using var signedUp = await client.SignUpAsync("alice", Passphrase);
        foreach (var m2 in (string[])[new string('0', 64), "00", ""])
        {
            var answer = new LoginAnswer { M2 = m2, Id = signedUp.User.Value, Token = "stolen" };
            _provider.Answer("PUT", "/1/sessions/alice", 200, JsonSerializer.Serialize(answer, BonafideJson.Default.LoginAnswer));
            await FailsAsync(BonafideErrors.ServerNotProven, () => client.LogInAsync("alice", signedUp.Master));
        }
    }

    [Fact]
    public async Task BadEphemeral_IsServerNotProvenAndNoProofGoesOut()
    {
        using var client = await ConnectAsync();
        using var master = MasterKey.Derive(Passphrase, new byte[16], KdfProfile.A1);
        var n = new string('f', 768);
        foreach (var b in (string[])["0", "00", "", "x", n, "1" + n])
        {
            _provider.Answer("POST", "/1/sessions", 200, $$"""{"B":"{{b}}","salt":"aa","handshake":"h"}""");
            await FailsAsync(BonafideErrors.ServerNotProven, () => client.LogInAsync("alice", master));
        }

        Assert.DoesNotContain(_provider.Requests, r => r.Method == "PUT");
    }

    /// <summary>A provider that registers LEAP verifiers can not make a sealed client send a LEAP proof.</summary>
    [Fact]
    public async Task LeapChallenge_ForASealedLogin_FailsWithoutUse()
    {
        using var client = await ConnectAsync();
        using var signedUp = await client.SignUpAsync("alice", Passphrase);
        _provider.Answer("POST", "/1/sessions", 200, """{"B":"05","salt":"aa"}""");
        await FailsAsync(BonafideErrors.BadCredentials, () => client.LogInAsync("alice", signedUp.Master));
        var form = _provider.Requests.Last(r => r is { Method: "POST", Path: "/1/sessions" }).Body;
        Assert.Contains("srp_group=rfc5054-3072", form, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeviceLogin_AnswerForAnotherAccount_IsRefused()
    {
        using var client = await ConnectAsync();
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        _provider.Answer("POST", "/1/sessions/device", 200, """{"nonce":"AAAA","id":"ffffffffffffffffffffffffffffffff","token":"t"}""");
        await FailsAsync(
            BonafideErrors.BadAnswer, () => client.LogInByDeviceAsync(Primitives.UserId.New(), Primitives.DeviceId.New(), key));
    }

    private async Task<BonafideClient> ConnectAsync()
        => new(await new ProviderBootstrap(_provider.Handlers).MeetAsync(ScriptedProvider.Domain), _provider.Handlers);

    private static Task<BonafideException> FailsAsync(string code, Func<Task> act) => ProviderBootstrapTests.FailsAsync(code, act);
}
