using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Keys;
using Bitmask.Provider.Tests.World;

namespace Bitmask.Provider.Tests.WebApi;

/// <summary>What a session may do depends on how it was opened, and how long ago (security.md B7, B8, B10).</summary>
public sealed class FreshLoginTests : IAsyncLifetime
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private TestProvider _provider = null!;
    private Person _alice = null!;

    public async ValueTask InitializeAsync()
    {
        _provider = await TestProvider.StartAsync();
        _alice = await Person.SealedAsync(_provider);
    }

    public async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        _key.Dispose();
        await _provider.DisposeAsync();
    }

    [Fact]
    public async Task Verifiers_ChangeOnlyRightAfterALogin()
    {
        _provider.Clock.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));
        Assert.Equal((403, 403), (await PutAsync(Passphrase("new")), await PutAsync(Recovery("code"))));
        Assert.NotNull((await Person.LogInAsync(_provider, "alice", Person.Password)).Answer);

        await LogInAsync(Person.Password);
        _provider.Clock.Advance(TimeSpan.FromMinutes(4));
        Assert.Equal((204, 204), (await PutAsync(Recovery("code")), await PutAsync(Passphrase("new"))));
        Assert.NotNull((await Person.LogInAsync(_provider, "alice", "new")).Answer);
        Assert.Null((await Person.LogInAsync(_provider, "alice", Person.Password)).Answer);
    }

    [Fact]
    public async Task DeviceSession_ChangesAndDeletesNothing_ButUploadsTheKey()
    {
        var device = DeviceId.New();
        Assert.Equal(204, await RegisterAsync(device, _key));
        _alice.Token = await DeviceTokenAsync(device, _key);

        Assert.Equal((403, 403, 403), (await PutAsync(Passphrase("new")), await PutAsync(Recovery("code")), await StatusAsync(HttpMethod.Delete, $"/1/users/{_alice.Id.Value}")));
        Assert.Equal(403, await StatusAsync(HttpMethod.Delete, $"/1/devices/{device}"));
        await _alice.UploadKeyAsync(OpenPgp.Secret.OpenPgpSecretKey.Generate(EmailAddress.Parse(_alice.Address), _provider.Clock.GetUtcNow()));
        Assert.NotNull((await Person.LogInAsync(_provider, "alice", Person.Password)).Answer);
    }

    [Fact]
    public async Task Recovery_LogsInByItsOwnVerifier_AndOnlyOnceThereIsOne()
    {
        Assert.Null((await Person.LogInAsync(_provider, "alice", "code", isRecovery: true)).Answer);
        Assert.Equal(204, await PutAsync(Recovery("code")));

        Assert.NotNull((await Person.LogInAsync(_provider, "alice", "code", isRecovery: true)).Answer);
        Assert.Null((await Person.LogInAsync(_provider, "alice", "code")).Answer);
        Assert.Null((await Person.LogInAsync(_provider, "alice", Person.Password, isRecovery: true)).Answer);

        Assert.Equal(204, await PutAsync(new SignUpFields { RecoveryCodeSalt = "00", RecoveryCodeVerifier = "" }));
        Assert.Null((await Person.LogInAsync(_provider, "alice", "code", isRecovery: true)).Answer);
    }

    [Fact]
    public async Task RecoverySession_MayFetchTheRecordSetAPassphraseAndMakeAKit_AndNothingElse()
    {
        await _alice.RequestCertificateAsync();
        Assert.Equal(204, await PutAsync(Recovery("code")));
        _alice.Token = (await Person.LogInAsync(_provider, "alice", "code", isRecovery: true)).Answer!.Token;
        var id = _alice.Id.Value;

        Assert.Equal(404, await SoledadAsync(HttpMethod.Get, $"/user-{id}/keyrecord"));
        Assert.Equal(200, await StatusAsync(HttpMethod.Get, "/1/configs/soledad-service.json"));
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, $"/user-{id}/sync-from/r"), (HttpMethod.Put, $"/user-{id}/sync-from/r"), (HttpMethod.Post, $"/user-{id}/sync-from/r"), (HttpMethod.Get, $"/incoming/{id}/"),
            (HttpMethod.Get, $"/user-{id}/feed"), (HttpMethod.Get, "/shared/doc/x"), (HttpMethod.Get, $"/user-{id}/anything"), (HttpMethod.Post, $"/user-{id}/documents"),
        })
        {
            Assert.Equal((path, 401), (path, await SoledadAsync(method, path)));
        }

        Assert.Equal(403, await RegisterAsync(DeviceId.New(), _key));
        Assert.Equal(403, await StatusAsync(HttpMethod.Delete, $"/1/devices/{DeviceId.New()}"));
        Assert.Equal(403, await StatusAsync(HttpMethod.Delete, $"/1/users/{id}"));
        Assert.Equal(403, await PutAsync(new SignUpFields { PublicKey = "x" }));
        Assert.Equal(401, await StatusAsync(HttpMethod.Post, "/1/smtp_cert"));

        Assert.Equal((204, 204), (await PutAsync(Passphrase("new")), await PutAsync(Recovery("another"))));
        Assert.NotNull((await Person.LogInAsync(_provider, "alice", "new")).Answer);
        Assert.NotNull((await Person.LogInAsync(_provider, "alice", "another", isRecovery: true)).Answer);
        Assert.Null((await Person.LogInAsync(_provider, "alice", "code", isRecovery: true)).Answer);
        Assert.Equal(204, await StatusAsync(HttpMethod.Delete, "/1/logout"));
    }

    [Fact]
    public async Task RecoverySession_GoesStale_Too()
    {
        Assert.Equal(204, await PutAsync(Recovery("code")));
        _alice.Token = (await Person.LogInAsync(_provider, "alice", "code", isRecovery: true)).Answer!.Token;
        _provider.Clock.Advance(TimeSpan.FromMinutes(6));

        Assert.Equal((403, 403), (await PutAsync(Passphrase("new")), await PutAsync(Recovery("another"))));
    }

    [Fact]
    public async Task NewPassphrase_EndsSessionsOfNoDevice_ButItsOwn()
    {
        var stolen = _alice.Token;
        await LogInAsync(Person.Password);
        Assert.Equal(204, await PutAsync(Passphrase("new")));
        Assert.Equal(200, await StatusAsync(HttpMethod.Get, "/1/configs/soledad-service.json"));

        _alice.Token = stolen;
        Assert.Equal(401, await StatusAsync(HttpMethod.Get, "/1/configs/soledad-service.json"));
    }

    [Fact]
    public async Task Verifier_ChangesTogetherWithTheRecordItWasMadeFor_OrNot()
    {
        var rev = (long)(await _provider.Store.PutKeyRecordAsync(_alice.Id, null, Record(), default))!;
        Assert.Equal((412, 412), (await PutAsync(Passphrase("new")), await PutAsync(Passphrase("new") with { KeyRecordRev = $"\"{rev + 1}\"" })));
        Assert.Equal(422, await PutAsync(Passphrase("new") with { KeyRecordRev = "x" }));

        Assert.Equal(204, await PutAsync(Passphrase("new") with { KeyRecordRev = $"\"{rev}\"" }));

        // Whoever is about to write the record on the old revision now learns that the verifier is another one.
        Assert.Equal(rev + 1, _provider.Store.FindKeyRecord(_alice.Id)!.Rev);
        Assert.Equal(412, await PutAsync(Recovery("code") with { KeyRecordRev = $"\"{rev}\"" }));
        Assert.Equal(204, await PutAsync(Recovery("code") with { KeyRecordRev = $"\"{rev + 1}\"" }));
    }

    [Fact]
    public async Task RecoveryVerifier_Malformed_IsRefused()
    {
        foreach (var fields in new[]
        {
            new SignUpFields { RecoveryCodeSalt = "00", RecoveryCodeVerifier = new string('1', 700) }, new SignUpFields { RecoveryCodeSalt = new string('a', 64), RecoveryCodeVerifier = "zz" },
            new SignUpFields { RecoveryCodeSalt = new string('a', 64), RecoveryCodeVerifier = new string('f', 768) }, new SignUpFields { RecoveryCodeSalt = new string('a', 64) },
        })
        {
            Assert.Equal(422, await PutAsync(fields));
        }
    }

    [Fact]
    public async Task Login_BoundToAnotherAuthority_IsAWrongPassphrase()
    {
        using var mallory = Bitmask.Testing.Tls.TestAuthority.Create("red.test Root CA");

        Assert.Null((await Person.LogInAsync(_provider, "alice", Person.Password, binding: SrpBinding.Of(mallory.Certificate))).Answer);
        Assert.Null((await Person.LogInAsync(_provider, "alice", Person.Password, binding: [])).Answer);
    }

    [Fact]
    public async Task Device_Removed_IsRefusedAtOnceAndForEver()
    {
        var (thief, own) = (DeviceId.New(), DeviceId.New());
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(204, await RegisterAsync(thief, _key));
        await _alice.RequestCertificateAsync();
        var certificate = SHA256.HashData(_alice.Certificate!.RawDataMemory.Span);
        var stolen = await DeviceTokenAsync(thief, _key);
        var renamed = DeviceId.New();
        var alice = _alice.Token;
        _alice.Token = stolen;
        Assert.Equal((204, 403), (await RegisterAsync(renamed, _key), await RegisterAsync(own, ownKey)));
        _alice.Token = alice;
        await LogInAsync(Person.Password);
        Assert.Equal(204, await RegisterAsync(own, ownKey));
        Assert.NotNull(_provider.Store.FindUserByCertificate(certificate));

        Assert.Equal((204, 404), (await StatusAsync(HttpMethod.Delete, $"/1/devices/{thief}"), await StatusAsync(HttpMethod.Delete, $"/1/devices/{DeviceId.New()}")));

        Assert.Null(_provider.Store.FindUserByCertificate(certificate));
        Assert.Equal(204, await RegisterAsync(own, ownKey)); // the one that asked goes on
        Assert.Equal((403, 403), (await RegisterAsync(thief, _key), await RegisterAsync(DeviceId.New(), _key)));
        foreach (var device in new[] { thief, renamed })
        {
            Assert.Contains("device_revoked", await DeviceTokenAsync(device, _key), StringComparison.Ordinal);
        }

        _alice.Token = stolen;
        Assert.Equal(401, await SoledadAsync(HttpMethod.Get, $"/user-{_alice.Id.Value}/keyrecord"));
    }

    private static SignUpFields Passphrase(string secret)
    {
        var salt = SrpVerifier.NewSalt();
        return new SignUpFields
        {
            PasswordSalt = SrpHex.Encode(salt),
            PasswordVerifier = SrpHex.Encode(SrpVerifier.Compute(SrpGroup.Rfc5054_3072, "alice", secret, salt)),
            KdfProfile = "a1",
            KdfSalt = "AAAAAAAAAAAAAAAAAAAAAA",
            SrpGroup = "rfc5054-3072",
        };
    }

    private static SignUpFields Recovery(string secret)
    {
        var salt = SrpVerifier.NewSalt();
        return new SignUpFields { RecoveryCodeSalt = SrpHex.Encode(salt), RecoveryCodeVerifier = SrpHex.Encode(SrpVerifier.Compute(SrpGroup.Rfc5054_3072, "alice", secret, salt)) };
    }

    private byte[] Record() => new KeyRecord
    {
        Uuid = _alice.Id.Value,
        Serial = 1,
        Slots = [new KeySlot { Id = "pw", Type = "pw", Profile = "a1", Salt = "AAAA", Nonce = "AAAA", Ciphertext = "AAAA" }],
        Nonce = "AAAA",
        Body = "AAAA",
    }.ToBytes();

    private async Task LogInAsync(string password) => _alice.Token = (await Person.LogInAsync(_provider, "alice", password)).Answer!.Token;

    private Task<int> PutAsync(SignUpFields fields) => StatusAsync(HttpMethod.Put, $"/1/users/{_alice.Id.Value}", new FormUrlEncodedContent(fields.ToForm()));

    private Task<int> RegisterAsync(DeviceId device, ECDsa key)
        => StatusAsync(HttpMethod.Post, "/1/devices", JsonContent.Create(DeviceRegistration.Create(device, key.ExportSubjectPublicKeyInfo()), BonafideJson.Default.DeviceRegistration));

    private async Task<int> StatusAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using var response = await _alice.ApiAsync(method, path, content);
        return (int)response.StatusCode;
    }

    private async Task<int> SoledadAsync(HttpMethod method, string path)
    {
        using var response = await _alice.SoledadAsync(method, path, method == HttpMethod.Get ? null : new ByteArrayContent(Encoding.ASCII.GetBytes("{}")));
        return (int)response.StatusCode;
    }

    /// <summary>A token by the device's key; the body of the refusal when there is none.</summary>
    private async Task<string> DeviceTokenAsync(DeviceId device, ECDsa key)
    {
        var login = new DeviceLogin { Uuid = _alice.Id.Value, Device = device.ToString() };
        using var first = await _provider.Api.PostAsync("/1/sessions/device", JsonContent.Create(login, BonafideJson.Default.DeviceLogin));
        var nonce = (await first.Content.ReadFromJsonAsync(BonafideJson.Default.DeviceChallenge))!.Nonce;
        var signature = DeviceSignature.Sign(key, _provider.Domain, System.Buffers.Text.Base64Url.DecodeFromChars(nonce));
        var signed = login with { Nonce = nonce, Signature = System.Buffers.Text.Base64Url.EncodeToString(signature) };
        using var second = await _provider.Api.PostAsync("/1/sessions/device", JsonContent.Create(signed, BonafideJson.Default.DeviceLogin));
        return second.IsSuccessStatusCode ? (await second.Content.ReadFromJsonAsync(BonafideJson.Default.DeviceSession))!.Token : await second.Content.ReadAsStringAsync();
    }
}
