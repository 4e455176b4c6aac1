using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.WebApi;

/// <summary>Who gets a session, for how long, and what nobody learns on the way.</summary>
public sealed class SessionTests
{
    private const string WrongPassword = "422 {\"errors\":{\"base\":\"Not a valid username/password combination\"}}";

    [Fact]
    public async Task UnknownLogin_WrongPassword_AndOtherKindOfAccount_LookTheSame()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var leo = await Person.LeapAsync(provider);

        Assert.Equal(WrongPassword, (await Person.LogInAsync(provider, "alice", "wrong")).Refusal);
        Assert.Equal(WrongPassword, (await Person.LogInAsync(provider, "nobody", "wrong")).Refusal);
        Assert.Equal(WrongPassword, (await Person.LogInAsync(provider, "leo", Person.Password)).Refusal);
        Assert.Equal(WrongPassword, (await Person.LogInLeapAsync(provider, "leo", "wrong")).Refusal);
        Assert.Equal(WrongPassword, (await Person.LogInLeapAsync(provider, "nobody", "wrong")).Refusal);
        Assert.Equal(WrongPassword, (await Person.LogInLeapAsync(provider, "alice", Person.Password)).Refusal);
    }

    [Fact]
    public async Task Params_OfUnknownLogin_AreAlwaysTheSameAndOfTheSameShape()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        async Task<SessionParams> GetAsync(string login) => (await provider.Api.GetFromJsonAsync($"/1/sessions/params?login={login}", BonafideJson.Default.SessionParams))!;

        var (known, first, other) = (await GetAsync("alice"), await GetAsync("nobody"), await GetAsync("nobody2"));
        await provider.RestartAsync();

        Assert.Equal(first, await GetAsync("nobody"));
        Assert.NotEqual(first.Salt, other.Salt);
        Assert.Equal((known.Version, known.Profile, known.Group, known.Salt.Length), (first.Version, first.Profile, first.Group, first.Salt.Length));
        _ = first.Check();
    }

    [Fact]
    public async Task Challenge_OfUnknownLogin_HasTheSameShapeAndKeepsItsSalt()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        async Task<LoginChallenge> StartAsync(string login)
        {
            var start = new LoginStart { Login = login, A = SrpHex.Encode(new SrpClient(SrpGroup.Rfc5054_3072, login, "x").PublicEphemeral), SrpGroup = "rfc5054-3072" };
            using var response = await provider.Api.PostAsync("/1/sessions", JsonContent.Create(start, BonafideJson.Default.LoginStart));
            return (await response.Content.ReadFromJsonAsync(BonafideJson.Default.LoginChallenge))!;
        }

        var (known, unknown) = (await StartAsync("alice"), await StartAsync("nobody"));
        Assert.Equal((known.B.Length, known.Salt.Length), (unknown.B.Length, unknown.Salt.Length));
        Assert.Equal(unknown.Salt, (await StartAsync("nobody")).Salt);
    }

    [Fact]
    public async Task Handshake_IsGoodForOneAttempt()
    {
        await using var provider = await TestProvider.StartAsync();
        using var leo = await Person.LeapAsync(provider);
        var start = new LoginStart { Login = "leo", A = "2" };
        using var begun = await provider.Api.PostAsync("/1/sessions", JsonContent.Create(start, BonafideJson.Default.LoginStart));
        var handshake = (await begun.Content.ReadFromJsonAsync(BonafideJson.Default.LoginChallenge))!.Handshake;
        async Task<string> ProveAsync()
        {
            using var response = await provider.Api.PutAsync("/1/sessions/leo", JsonContent.Create(new LoginProof { ClientAuth = new string('0', 64), Handshake = handshake }, BonafideJson.Default.LoginProof));
            return await response.Content.ReadAsStringAsync();
        }

        Assert.Contains("Not a valid username", await ProveAsync(), StringComparison.Ordinal);
        Assert.Contains("Could not understand your login attempt", await ProveAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_EndsAfterAnIdleHourOrADayOrLogOut_ForSoledadToo()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        async Task<(int Api, int Soledad)> UseAsync()
        {
            using var api = await alice.ApiAsync(HttpMethod.Get, "/1/configs/soledad-service.json");
            using var soledad = await alice.SoledadAsync(HttpMethod.Get, $"/user-{alice.Id.Value}/keyrecord");
            return ((int)api.StatusCode, (int)soledad.StatusCode);
        }

        for (var i = 0; i < 24; i++)
        {
            Assert.Equal((200, 404), await UseAsync());
            provider.Clock.Advance(TimeSpan.FromMinutes(59));
        }

        Assert.Equal((200, 404), await UseAsync());
        provider.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal((401, 401), await UseAsync()); // a day has gone

        alice.Token = await provider.Store.CreateTokenAsync(alice.Id, default);
        provider.Clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal((401, 401), await UseAsync()); // an idle hour

        alice.Token = await provider.Store.CreateTokenAsync(alice.Id, default);
        using var logout = await alice.ApiAsync(HttpMethod.Delete, "/1/logout");
        Assert.Equal(204, (int)logout.StatusCode);
        Assert.Equal((401, 401), await UseAsync());
    }

    [Fact]
    public async Task Device_WithItsKey_GetsASessionWithoutPassphrase()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var device = DeviceId.New();
        using var registered = await alice.ApiAsync(
            HttpMethod.Post, "/1/devices", JsonContent.Create(DeviceRegistration.Create(device, key.ExportSubjectPublicKeyInfo()), BonafideJson.Default.DeviceRegistration));
        Assert.Equal(204, (int)registered.StatusCode);

        async Task<string> NonceAsync()
        {
            using var response = await PostAsync(new DeviceLogin { Uuid = alice.Id.Value, Device = device.ToString() });
            return (await response.Content.ReadFromJsonAsync(BonafideJson.Default.DeviceChallenge))!.Nonce;
        }

        Task<HttpResponseMessage> PostAsync(DeviceLogin login) => provider.Api.PostAsync("/1/sessions/device", JsonContent.Create(login, BonafideJson.Default.DeviceLogin));
        Task<HttpResponseMessage> SignAsync(string nonce, ECDsa by, string domain = "red.test") => PostAsync(new DeviceLogin
        {
            Uuid = alice.Id.Value,
            Device = device.ToString(),
            Nonce = nonce,
            Signature = Base64Url.EncodeToString(DeviceSignature.Sign(by, domain, Base64Url.DecodeFromChars(nonce))),
        });

        using var wrongKey = await SignAsync(await NonceAsync(), other);
        using var wrongDomain = await SignAsync(await NonceAsync(), key, "blue.test");
        var late = await NonceAsync();
        provider.Clock.Advance(TimeSpan.FromSeconds(61));
        using var tooLate = await SignAsync(late, key);
        var nonce = await NonceAsync();
        using var good = await SignAsync(nonce, key);
        using var again = await SignAsync(nonce, key);

        Assert.Equal("401 401 401 200 401", string.Join(' ', new[] { wrongKey, wrongDomain, tooLate, good, again }.Select(r => (int)r.StatusCode)));
        alice.Token = (await good.Content.ReadFromJsonAsync(BonafideJson.Default.DeviceSession))!.Token;
        using var used = await alice.ApiAsync(HttpMethod.Get, "/1/configs/smtp-service.json");
        Assert.Equal(200, (int)used.StatusCode);
    }
}
