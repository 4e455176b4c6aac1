using Bitmask.Bonafide.Leap;
using Bitmask.Testing;

namespace Bitmask.Bonafide.Tests.Leap;

public sealed class LeapBonafideClientTests : IAsyncLifetime
{
    private ScriptedProvider _provider = null!;
    private LeapBonafideClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await ScriptedProvider.StartAsync();
        _provider.Info = _provider.Info with { Bitmask = null };
        _client = new LeapBonafideClient(await new ProviderBootstrap(_provider.Handlers).MeetAsync(ScriptedProvider.Domain), _provider.Handlers);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task SignUpThenLogIn_AtALeapProvider_WorksWithItsCookie()
    {
        var user = await _client.SignUpAsync("alice", "password1");
        var session = await _client.LogInAsync("alice", "password1");
        Assert.Equal(user, session.User);
        await ProviderBootstrapTests.FailsAsync(BonafideErrors.BadCredentials, () => _client.LogInAsync("alice", "password2"));
        Assert.DoesNotContain(_provider.Requests, r => r.Body.Contains("password1", StringComparison.Ordinal) || r.Body.Contains("mode", StringComparison.Ordinal));
    }

    [Fact]
    public async Task LogIn_VerifierOfAnOldClient_WorksAtTheSecondTry()
    {
        using var vectors = Vectors.Read("provider/srp.json");
        var quirk = vectors.RootElement.GetProperty("inner_hash_quirk");
        _provider.AddLeapUser("alice", quirk.GetProperty("salt").GetString()!, quirk.GetProperty("verifier_pysrp_pure_python_upto_1_0_20").GetString()!);
        var session = await _client.LogInAsync("alice", quirk.GetProperty("password").GetString()!);
        Assert.True(_provider.Tokens.ContainsKey(session.Token));
    }

    [Fact]
    public async Task LogIn_WrongM2_IsServerNotProven()
    {
        await _client.SignUpAsync("alice", "password1");
        _provider.Answer("PUT", "/1/sessions/alice", 200, $$"""{"M2":"{{new string('0', 64)}}","id":"0123456789abcdef0123456789abcdef","token":"t"}""");
        await ProviderBootstrapTests.FailsAsync(BonafideErrors.ServerNotProven, () => _client.LogInAsync("alice", "password1"));
    }
}
