using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.WebApi;

/// <summary>Sign-up, keys and certificates.</summary>
public sealed class AccountTests
{
    private static readonly SignUpFields Good = new()
    {
        Login = "bob",
        PasswordSalt = new string('a', 64),
        PasswordVerifier = new string('1', 700),
        Mode = "sealed",
        KdfProfile = "a1",
        KdfSalt = "AAAAAAAAAAAAAAAAAAAAAA",
        SrpGroup = "rfc5054-3072",
    };

    public static TheoryData<string, SignUpFields> Faults => new()
    {
        { "login", Good with { Login = "b" } },
        { "login", Good with { Login = "Bob" } },
        { "login", Good with { Login = "1bob" } },
        { "login", Good with { Login = "bob-" } },
        { "login", Good with { Login = "bo..b" } },
        { "login", Good with { Login = "bob@red.test" } },
        { "login", Good with { Login = "postmaster" } },
        { "login", Good with { Login = "alice" } },
        { "mode", Good with { Mode = "half-sealed" } },
        { "password_salt", Good with { PasswordSalt = "abcd" } },
        { "password_salt", Good with { PasswordSalt = "xyz" } },
        { "password_verifier", Good with { PasswordVerifier = new string('0', 768) } },
        { "password_verifier", Good with { PasswordVerifier = new string('f', 768) } },
        { "kdf_profile", Good with { KdfProfile = "cheap" } },
        { "kdf_salt", Good with { KdfSalt = "AAAA" } },
        { "srp_group", Good with { SrpGroup = "rfc5054-1024" } },
    };

    [Theory]
    [MemberData(nameof(Faults), DisableDiscoveryEnumeration = true)]
    public async Task SignUp_WithAFault_NamesTheField(string field, SignUpFields fields)
    {
        await using var provider = await TestProvider.StartAsync();
        await provider.Store.CreateUserAsync(new User(UserId.New(), "alice", AccountMode.Leap, "a", "b", null, null, null, true, null), null, default);

        using var response = await provider.Api.PostAsync("/1/users", new FormUrlEncodedContent(fields.ToForm()));

        Assert.Equal(422, (int)response.StatusCode);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(field, Assert.Single(json.RootElement.GetProperty("errors").EnumerateObject()).Name);
    }

    [Fact]
    public async Task SignUp_OfOneLoginTwiceAtOnce_HasOneWinner()
    {
        await using var provider = await TestProvider.StartAsync();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            using var response = await provider.Api.PostAsync("/1/users", new FormUrlEncodedContent(Good.ToForm()));
            return (int)response.StatusCode;
        }));
        Assert.Equal("201 422 422 422 422 422", string.Join(' ', statuses.Order()));
    }

    [Fact]
    public async Task SignUp_WhenClosed_IsForbidden()
    {
        await using var provider = await TestProvider.StartAsync(change: settings => settings with { EnrollmentPolicy = "closed" });
        using var response = await provider.Api.PostAsync("/1/users", new FormUrlEncodedContent(Good.ToForm()));
        Assert.Equal(403, (int)response.StatusCode);
    }

    [Fact]
    public async Task Verifier_OfSealedAccount_IsNeverReplacedByAWeakerForm()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        async Task<int> ChangeAsync(SignUpFields fields)
        {
            using var response = await alice.ApiAsync(HttpMethod.Put, $"/1/users/{alice.Id.Value}", new FormUrlEncodedContent(fields.ToForm()));
            return (int)response.StatusCode;
        }

        Assert.Equal(422, await ChangeAsync(new SignUpFields { PasswordSalt = "a1b2c3d4", PasswordVerifier = new string('1', 256) }));
        Assert.NotNull((await Person.LogInAsync(provider, "alice", Person.Password)).Answer);
        var salt = SrpVerifier.NewSalt();
        Assert.Equal(204, await ChangeAsync(Good with
        {
            Login = null,
            PasswordSalt = SrpHex.Encode(salt),
            PasswordVerifier = SrpHex.Encode(SrpVerifier.Compute(SrpGroup.Rfc5054_3072, "alice", "new", salt)),
        }));
        Assert.NotNull((await Person.LogInAsync(provider, "alice", "new")).Answer);
    }

    [Fact]
    public async Task AnothersAccount_CanNotBeChanged()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var mallory = await Person.SealedAsync(provider, "mallory");

        using var foreign = await mallory.ApiAsync(HttpMethod.Put, $"/1/users/{alice.Id.Value}", new FormUrlEncodedContent([KeyValuePair.Create("user[public_key]", "x")]));
        using var anonymous = await provider.Api.PutAsync($"/1/users/{alice.Id.Value}", new FormUrlEncodedContent([KeyValuePair.Create("user[public_key]", "x")]));

        Assert.Equal((403, 401), ((int)foreign.StatusCode, (int)anonymous.StatusCode));
        Assert.Equal("{\"error\":\"not_authorized_login\",\"message\":\"Please log in to perform that action.\"}", await anonymous.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task PublicKey_IsTakenOnlyWhenItIsTheAccountsAndUsable()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        var now = provider.Clock.GetUtcNow();
        using var own = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), now);
        using var foreign = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@blue.test"), now);
        using var old = OpenPgpSecretKey.Generate(EmailAddress.Parse("alice@red.test"), now.AddYears(-3));
        async Task<string> UploadAsync(string armor)
        {
            using var response = await alice.ApiAsync(HttpMethod.Put, $"/1/users/{alice.Id.Value}", new FormUrlEncodedContent([KeyValuePair.Create("user[public_key]", armor)]));
            return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}";
        }

        Assert.Equal("422 {\"errors\":{\"public_key_block\":[\"does not look like an armored pgp public key block\"]}}", await UploadAsync("no key"));
        Assert.StartsWith("422", await UploadAsync(own.ExportArmor()), StringComparison.Ordinal);
        Assert.StartsWith("422", await UploadAsync(foreign.Certificate.ToArmor()), StringComparison.Ordinal);
        Assert.StartsWith("422", await UploadAsync(old.Certificate.ToArmor()), StringComparison.Ordinal);
        Assert.Equal("204 ", await UploadAsync(own.Certificate.ToArmor()));
        Assert.Contains("BEGIN PGP PUBLIC KEY BLOCK", await provider.Api.GetStringAsync("/key/alice"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_ByRequest_HasARandomSubjectAndOurAuthority()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        await alice.RequestCertificateAsync();

        using var authority = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(new DataFolder(provider.DataPath).ClientCaCertificate));
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        Assert.True(chain.Build(alice.Certificate!));
        Assert.DoesNotContain("alice", alice.Certificate!.Subject, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("ignored", alice.Certificate.Subject, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(TimeSpan.Zero, alice.Certificate.NotAfter.ToUniversalTime().TimeOfDay);
    }

    [Fact]
    public async Task Certificate_InLeapsWay_IsNotForSealedAccounts()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var empty = await alice.ApiAsync(HttpMethod.Post, "/1/smtp_cert");
        using var broken = await alice.ApiAsync(HttpMethod.Post, "/1/smtp_cert", Person.Content("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----", "application/pkcs10"));
        using var rsa = RSA.Create(2048);
        var weak = new CertificateRequest("CN=x", rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();
        using var otherKind = await alice.ApiAsync(HttpMethod.Post, "/1/smtp_cert", Person.Content(weak, "application/pkcs10"));

        Assert.Equal((422, 422, 422), ((int)empty.StatusCode, (int)broken.StatusCode, (int)otherKind.StatusCode));
    }

    [Fact]
    public async Task Discovery_TellsWhereEverythingIs()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);

        var info = ProviderInfo.Parse(await provider.Api.GetByteArrayAsync("/provider.json"));
        using var authority = X509Certificate2.CreateFromPem(await provider.Api.GetStringAsync("/ca.crt"));
        using var soledad = await alice.ApiAsync(HttpMethod.Get, "/1/configs/soledad-service.json");
        using var smtp = await alice.ApiAsync(HttpMethod.Get, "/2/configs/smtp-service");
        using var anonymous = await provider.Api.GetAsync("/1/configs/soledad-service.json");
        using var unknown = await alice.ApiAsync(HttpMethod.Get, "/1/configs/eip-service.json");

        Assert.Empty(info.MissingSecurity());
        Assert.Equal($"https://api.red.test:{provider.Host.Ports.Api}", info.ApiUri);
        Assert.True(CaFingerprint.Parse(info.CaCertFingerprint).Matches(authority));
        Assert.Equal(["smtp", "soledad"], ServiceList.Parse(await provider.Api.GetByteArrayAsync("/1/configs.json")).Services.Keys.Order());
        Assert.Equal(("soledad.red.test", provider.Host.Ports.Soledad), HostOf(await soledad.Content.ReadAsByteArrayAsync()));
        Assert.Equal(("mx.red.test", provider.Host.Ports.Submission), HostOf(await smtp.Content.ReadAsByteArrayAsync()));
        Assert.Equal((401, 403), ((int)anonymous.StatusCode, (int)unknown.StatusCode));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/provider.json") { Headers = { IfModifiedSince = provider.Clock.GetUtcNow() } };
        using var unchanged = await provider.Api.SendAsync(request);
        Assert.Equal(304, (int)unchanged.StatusCode);

        static (string, int) HostOf(byte[] json) => (ServiceHosts.Parse(json).Usable()[0].Hostname, ServiceHosts.Parse(json).Usable()[0].Port);
    }

    [Fact]
    public async Task DeletedAccount_EndsAtOnce_IsPurgedLater_AndItsAddressIsNeverGivenAgain()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider, "alice", withKey: true);
        await alice.RequestCertificateAsync();
        await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], Post.Mail("x@outside.test", alice.Address));
        async Task<int> DeleteAsync()
        {
            using var response = await alice.ApiAsync(HttpMethod.Delete, $"/1/users/{alice.Id.Value}");
            return (int)response.StatusCode;
        }

        provider.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(403, await DeleteAsync());
        alice.Token = (await Person.LogInAsync(provider, "alice", Person.Password)).Answer!.Token;
        Assert.Equal(200, await DeleteAsync());

        using var session = await alice.ApiAsync(HttpMethod.Get, "/1/configs/soledad-service.json");
        Assert.Equal(401, (int)session.StatusCode);
        Assert.Null((await Person.LogInAsync(provider, "alice", Person.Password)).Answer);
        Assert.Equal("550 5.2.1", Code((await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], Post.Mail("x@outside.test", alice.Address)))[0]));
        Assert.Equal(530, (await Post.SubmitAsync(alice, alice.Address, Post.Mail(alice.Address, alice.Address)))[0].Code);
        Assert.Single(provider.Store.ListIncoming(alice.Id, 0, 10));

        provider.Clock.Advance(TimeSpan.FromDays(8));
        await provider.Store.PurgeDeletedAsync(default);
        Assert.Null(provider.Store.FindUser(alice.Id));
        Assert.Empty(provider.Store.ListIncoming(alice.Id, 0, 10));
        Assert.Equal("550 5.1.1", Code((await Post.ToExchangerAsync(provider, "x@outside.test", [alice.Address], Post.Mail("x@outside.test", alice.Address)))[0]));
        using var again = await provider.Api.PostAsync("/1/users", new FormUrlEncodedContent((Good with { Login = "alice" }).ToForm()));
        Assert.Equal(422, (int)again.StatusCode);

        static string Code(Smtp.SmtpReply reply) => $"{reply.Code} {reply.EnhancedCode}";
    }

    [Fact]
    public async Task UnknownPaths_AreAnsweredAsSuch()
    {
        await using var provider = await TestProvider.StartAsync();
        using var alice = await Person.SealedAsync(provider);
        using var api = await provider.Api.GetAsync("/1/nothing");
        using var soledad = await alice.SoledadAsync(HttpMethod.Get, $"/user-{alice.Id.Value}/docs");
        using var big = await alice.ApiAsync(HttpMethod.Post, "/1/users", new ByteArrayContent(new byte[200_000]));

        Assert.Equal((404, 401, 400), ((int)api.StatusCode, (int)soledad.StatusCode, (int)big.StatusCode));
    }
}
