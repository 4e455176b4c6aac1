using Bitmask.Testing.Tls;

namespace Bitmask.Bonafide.Tests;

public sealed class ProviderBootstrapTests : IAsyncLifetime
{
    private ScriptedProvider _provider = null!;

    private ProviderBootstrap Bootstrap => new(_provider.Handlers);

    public async ValueTask InitializeAsync() => _provider = await ScriptedProvider.StartAsync();

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    [Fact]
    public async Task Meet_HonestProvider_IsPinned()
    {
        var pin = await Bootstrap.MeetAsync(ScriptedProvider.Domain);
        Assert.Equal(_provider.Ca.Certificate.RawData, pin.Ca.RawData);
        Assert.Equal("https://api.red.test:4430/1/", pin.Api.ToString());
        Assert.False(pin.Ca.HasPrivateKey);

        var again = await Bootstrap.MeetAsync(ScriptedProvider.Domain, pin.CaSha256);
        Assert.Equal(pin.CaSha256, again.CaSha256);
    }

    [Fact]
    public async Task Meet_FingerprintOfAnotherCertificate_IsCaMismatch()
    {
        using var other = TestAuthority.Create("other");
        _provider.CaFile = other.Pem;
        await FailsAsync(BonafideErrors.CaMismatch, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
        Assert.DoesNotContain(_provider.Requests, r => r.Path.StartsWith("/1/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no PEM at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    public async Task Meet_DamagedCaFile_IsCaMismatch(string file)
    {
        _provider.CaFile = file;
        await FailsAsync(BonafideErrors.CaMismatch, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
    }

    [Fact]
    public async Task Meet_CaFileWithTwoOrNoAuthority_IsCaMismatch()
    {
        using var server = _provider.Ca.IssueServer("api.red.test");
        foreach (var file in (string[])[_provider.Ca.Pem + _provider.Ca.Pem, server.ExportCertificatePem()])
        {
            _provider.CaFile = file;
            await FailsAsync(BonafideErrors.CaMismatch, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
        }
    }

    [Theory]
    [InlineData("MD5: 867deb9ceeddb7e798c41630762d825b")]
    [InlineData("")]
    public async Task Meet_WeakFingerprint_IsCaMismatch(string fingerprint)
    {
        _provider.Info = _provider.Info with { CaCertFingerprint = fingerprint };
        await FailsAsync(BonafideErrors.CaMismatch, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
    }

    [Fact]
    public async Task Meet_OtherCaThanExpected_IsCaChanged()
        => await FailsAsync(BonafideErrors.CaChanged, () => Bootstrap.MeetAsync(ScriptedProvider.Domain, new string('0', 64)));

    [Fact]
    public async Task Refresh_ChangedFingerprint_IsCaChangedAndPinStays()
    {
        var pin = await Bootstrap.MeetAsync(ScriptedProvider.Domain);
        _provider.Info = _provider.Info with { CaCertFingerprint = "SHA256: " + new string('0', 64) };
        await FailsAsync(BonafideErrors.CaChanged, () => Bootstrap.RefreshAsync(pin));
    }

    [Fact]
    public async Task Refresh_ServerOfAnotherCa_IsUntrusted()
    {
        var pin = await Bootstrap.MeetAsync(ScriptedProvider.Domain);
        _provider.Outgoing.Dispose(); // drops the open connections
        _provider.Ca = TestAuthority.Create("provider CA");
        await FailsAsync(BonafideErrors.Untrusted, () => Bootstrap.RefreshAsync(pin));
    }

    [Fact]
    public async Task Meet_NotAProvider_SaysSo()
    {
        _provider.Answer("GET", "/provider.json", 404, """{"error":"not_found"}""");
        await FailsAsync(BonafideErrors.NoProvider, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
        _provider.Answer("GET", "/provider.json", 200, "<html>");
        await FailsAsync(BonafideErrors.BadAnswer, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
        _provider.Answer("GET", "/provider.json", 302, "");
        await FailsAsync(BonafideErrors.Refused, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
        _provider.Answer("GET", "/provider.json", 200, new string(' ', 600 * 1024));
        await FailsAsync(BonafideErrors.BadAnswer, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
    }

    [Fact]
    public async Task Meet_DescriptionOfAnotherDomainOrPlainHttp_IsRefused()
    {
        var good = _provider.Info;
        foreach (var bad in new[] { good with { Domain = "blue.test" }, good with { ApiUri = "http://api.red.test" }, good with { CaCertUri = "http://red.test/ca.crt" } })
        {
            _provider.Info = bad;
            await FailsAsync(BonafideErrors.NoProvider, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
        }
    }

    [Fact]
    public async Task Meet_OutOfReach_IsTransient()
    {
        _provider.Answer("GET", "/provider.json", 503, "");
        var failure = await FailsAsync(BonafideErrors.Unavailable, () => Bootstrap.MeetAsync(ScriptedProvider.Domain));
        Assert.True(failure.IsTransient);
        await FailsAsync(BonafideErrors.Unavailable, () => Bootstrap.MeetAsync("nowhere.test"));
    }

    internal static async Task<BonafideException> FailsAsync(string code, Func<Task> act)
    {
        var failure = await Assert.ThrowsAsync<BonafideException>(act);
        Assert.Equal(code, failure.Code);
        return failure;
    }
}
