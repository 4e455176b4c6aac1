using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;

namespace Bitmask.Bonafide.Tests;

public sealed class BonafideClientTests : IAsyncLifetime
{
    private const string Passphrase = "correct horse battery staple";
    private ScriptedProvider _provider = null!;
    private BonafideClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await ScriptedProvider.StartAsync();
        _client = new BonafideClient(await new ProviderBootstrap(_provider.Handlers).MeetAsync(ScriptedProvider.Domain), _provider.Handlers);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task SignUpThenLogIn_RightPassphrase_GivesSessionAndSameKeys()
    {
        using var signedUp = await _client.SignUpAsync("alice", Passphrase);
        var first = await _client.LogInAsync("alice", signedUp.Master);
        using var login = await _client.LogInAsync("alice", Passphrase);
        Assert.Equal((signedUp.User, signedUp.User), (first.User, login.Session.User));
        Assert.True(_provider.Tokens.ContainsKey(login.Session.Token));
        Assert.Equal(signedUp.Master.WrapKey.Span.ToArray(), login.Master.WrapKey.Span.ToArray());
        Assert.DoesNotContain(login.Session.Token, login.Session.ToString(), StringComparison.Ordinal);

        await _client.LogOutAsync(login.Session);
        Assert.False(_provider.Tokens.ContainsKey(login.Session.Token));
        await _client.LogOutAsync(login.Session); // has ended already: fine

        string[] secrets = [Passphrase, Uri.EscapeDataString(Passphrase), signedUp.Master.AuthSecret, Convert.ToHexStringLower(signedUp.Master.WrapKey.Span)];
        Assert.DoesNotContain(_provider.Requests, r => secrets.Any(s => r.Body.Contains(s, StringComparison.Ordinal) || r.Path.Contains(s, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task LogIn_WrongPassphraseOrUnknownLogin_AreAlike()
    {
        using var signedUp = await _client.SignUpAsync("alice", Passphrase);
        var wrong = await FailsAsync(BonafideErrors.BadCredentials, () => _client.LogInAsync("alice", "wrong"));
        var unknown = await FailsAsync(BonafideErrors.BadCredentials, () => _client.LogInAsync("mallory", Passphrase));
        Assert.Equal((wrong.Message, wrong.Hint), (unknown.Message, unknown.Hint));
    }

    [Fact]
    public async Task Session_EverythingItIsFor_Works()
    {
        using var signedUp = await _client.SignUpAsync("alice", Passphrase);
        var session = await _client.LogInAsync("alice", signedUp.Master);

        var services = await _client.ReadServicesAsync(session);
        Assert.Equal(new Uri("https://soledad.red.test:2323/"), services.Soledad);
        Assert.Equal([new SubmissionHost("mx.red.test", 465)], services.Submission);

        await _client.UploadKeyAsync(session, "-----BEGIN PGP…+ü=&");
        Assert.Equal("-----BEGIN PGP…+ü=&", _provider.Keys[session.User.Value]);

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = await _client.RequestCertificateAsync(session, key);
        Assert.False(certificate.HasPrivateKey);
        Assert.Matches("^CN=[0-9a-f]{32}$", certificate.Subject);

        var device = DeviceId.New();
        await FailsAsync(BonafideErrors.DeviceRefused, () => _client.LogInByDeviceAsync(session.User, device, key));
        await _client.RegisterDeviceAsync(session, device, key);
        var renewed = await _client.LogInByDeviceAsync(session.User, device, key);
        Assert.NotEqual(session.Token, renewed.Token);
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await FailsAsync(BonafideErrors.DeviceRefused, () => _client.LogInByDeviceAsync(session.User, device, stranger));

        _provider.Tokens.Clear();
        await FailsAsync(BonafideErrors.SessionExpired, () => _client.UploadKeyAsync(session, "x"));
    }

    [Fact]
    public async Task RequestCertificate_ForAnotherKey_IsRefused()
    {
        using var signedUp = await _client.SignUpAsync("alice", Passphrase);
        var session = await _client.LogInAsync("alice", signedUp.Master);
        using var other = _provider.Ca.IssueServer("x.test");
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var answer in (string[])[other.ExportCertificatePem(), "nothing"])
        {
            _provider.Answer("POST", "/1/smtp_cert", 200, answer);
            await FailsAsync(BonafideErrors.BadAnswer, () => _client.RequestCertificateAsync(session, key));
        }
    }

    [Theory]
    [InlineData(422, """{"errors":{"login":["has already been taken"]}}""", BonafideErrors.AccountExists)]
    [InlineData(422, """{"errors":{"login":["is reserved."]}}""", BonafideErrors.InvalidLogin)]
    [InlineData(422, """{"errors":{"invite_code":["This is not a valid code"]}}""", BonafideErrors.RegistrationRefused)]
    [InlineData(422, "", BonafideErrors.Refused)]
    [InlineData(403, "", BonafideErrors.RegistrationRefused)]
    [InlineData(503, "", BonafideErrors.Unavailable)]
    [InlineData(201, "{}", BonafideErrors.BadAnswer)]
    [InlineData(201, """{"login":"alice","id":"../../x"}""", BonafideErrors.BadAnswer)]
    public async Task SignUp_Refused_NamesTheReason(int status, string body, string code)
    {
        _provider.Answer("POST", "/1/users", status, body);
        await FailsAsync(code, () => _client.SignUpAsync("alice", Passphrase));
    }

    [Fact]
    public async Task LogIn_HandshakeLost_IsTransient()
    {
        using var signedUp = await _client.SignUpAsync("alice", Passphrase);
        _provider.Answer("PUT", "/1/sessions/alice", 422, """{"errors":{"login":"Could not understand your login attempt."}}""");
        Assert.True((await FailsAsync(BonafideErrors.Unavailable, () => _client.LogInAsync("alice", signedUp.Master))).IsTransient);
    }

    [Fact]
    public async Task Master_AfterDispose_IsWiped()
    {
        var signedUp = await _client.SignUpAsync("alice", Passphrase);
        signedUp.Dispose();
        Assert.Throws<ObjectDisposedException>(() => signedUp.Master.WrapKey.Span.Length);
        Assert.Equal("", signedUp.Master.AuthSecret);
        Assert.Equal(KdfProfile.A1, signedUp.Master.Profile);
    }

    private static Task<BonafideException> FailsAsync(string code, Func<Task> act) => ProviderBootstrapTests.FailsAsync(code, act);
}
