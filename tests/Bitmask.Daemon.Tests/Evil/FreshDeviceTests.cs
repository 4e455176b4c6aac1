using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Bitmask.Bonafide;
using Bitmask.Daemon.Tests.World;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Soledad;
using Bitmask.Soledad;
using Bitmask.Testing.Tls;

namespace Bitmask.Daemon.Tests.Evil;

/// <summary>
/// Mallory is the provider, or stands before it, while a device that knows nothing adds an account that exists. Each lie ends in a
/// named error, nothing is kept on the device, and nothing that depends on a secret went out.
/// </summary>
[Collection(TownTests.Name)]
[Trait(TownTests.Kind, TownTests.WholeSystem)]
public sealed class FreshDeviceTests(Town town) : IAsyncLifetime
{
    private static readonly SemaphoreSlim Making = new(1);
    private static string? s_alice;
    private static IReadOnlyList<(string Name, byte[] Octets)> s_secrets = [];
    private static IReadOnlyList<string> s_keyDocuments = [];

    private Device _device = null!;

    private static string Alice => s_alice!;

    public async ValueTask InitializeAsync()
    {
        town.Proxy.Reset();
        town.Proxy.CertificateFor = town.CertificateFor;
        await Making.WaitAsync();
        if (s_alice is null)
        {
            await using var first = await Device.StartAsync(town.Settings);
            var address = town.NewAddress();
            await first.CreateAsync(address);
            await first.LogoutAsync(address);
            using var vault = Vault.Open(first, address);
            s_secrets = vault.Secrets();
            s_keyDocuments = [.. vault.Ids("OpenPGPKey", "OpenPGPKey-active").Select(vault.WireId)];
            s_alice = address;
        }

        Making.Release();
        _device = await Device.StartAsync(town.Settings);
        town.Proxy.Reset();
    }

    public ValueTask DisposeAsync() => _device.DisposeAsync();

    [Fact]
    public async Task Provider_Honest_TheAccountIsAdded()
    {
        Assert.True((await _device.AuthAsync(Alice)).Online);
        Assert.Equal(("present", 0), ((await _device.StatusAsync(Alice)).OwnKey, (await _device.StatusAsync(Alice)).Events.Count));
        Leaks.AssertNoSecrets(town.Proxy.Requests, s_secrets);
    }

    [Fact]
    public async Task Capabilities_OneOrAllDropped_IsProviderDowngrade()
    {
        foreach (var name in (string?[])[.. ProviderCapabilities.RequiredSecurity, null])
        {
            town.Proxy.Rewrite("GET", "/provider.json", (_, answer) =>
            {
                var info = JsonNode.Parse(answer.Body)!.AsObject();
                info["bitmask"] = name is null ? null : new JsonObject { ["security"] = new JsonArray([.. ProviderCapabilities.RequiredSecurity.Where(other => other != name).Select(other => JsonValue.Create(other))]) };
                return answer.With(info.ToJsonString());
            });

            await RefusedAsync(BonafideErrors.ProviderDowngrade);
            Leaks.AssertNothingButQuestions(town.Proxy.Requests);
        }
    }

    [Fact]
    public async Task Capabilities_DroppedAtSignUp_MakeNoAccount()
    {
        town.Proxy.Rewrite("GET", "/provider.json", (_, answer) => answer.With(answer.Text.Replace("\"login2\",", "", StringComparison.Ordinal)));
        var refused = await Assert.ThrowsAsync<Protocol.Daemon.DaemonClientException>(() => _device.CreateAsync("eve@red.test"));

        Assert.Equal(BonafideErrors.ProviderDowngrade, refused.Error.Code);
        Leaks.AssertNothingButQuestions(town.Proxy.Requests);
        AssertNothingKept();
        Assert.Null(town.Store.FindUserByLogin("eve"));
    }

    [Fact]
    public async Task Ca_AnotherThanTheFingerprintSays_IsCaMismatch()
    {
        using var mallory = TestAuthority.Create("red.test Root CA");
        town.Proxy.Rewrite("GET", "/ca.crt", (_, answer) => answer.With(mallory.Pem));

        await RefusedAsync(BonafideErrors.CaMismatch);
        Leaks.AssertNothingButQuestions(town.Proxy.Requests);
    }

    [Fact]
    public async Task Ca_SwappedWithItsFingerprint_TheApiIsNotTrusted()
    {
        using var mallory = TestAuthority.Create("red.test Root CA");
        SwapCa(mallory);

        await RefusedAsync(BonafideErrors.Untrusted);
        Leaks.AssertNothingButQuestions(town.Proxy.Requests);
    }

    /// <summary>
    /// The strongest Mallory: she owns the web authority, too, so a first contact can not tell. The proof covers the CA that the device was shown, so that at
    /// the provider it is one for nothing: she gets no session by it, and the device no record.
    /// </summary>
    [Fact]
    public async Task Ca_SwappedEverywhere_TheProofIsWorthNothingAtTheProvider()
    {
        using var mallory = TestAuthority.Create("red.test Root CA");
        using var server = mallory.IssueServer("api.red.test", "soledad.red.test", "nicknym.red.test");
        SwapCa(mallory);
        town.Proxy.CertificateFor = host => host == Town.Domain ? town.WebCertificate : server;

        await RefusedAsync(BonafideErrors.BadCredentials);
        Leaks.AssertNothingUploaded(town.Proxy.Requests);
        Assert.DoesNotContain(town.Proxy.Requests, request => request.Host.StartsWith("soledad.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ca_OtherDescriptionAtTheApi_IsCaChanged()
    {
        town.Proxy.Rewrite("GET", "/provider.json", (request, answer) => request.Host == Town.Domain ? answer
            : answer.With(answer.Text.Replace("SHA256: ", "SHA256: 00", StringComparison.Ordinal)));

        await RefusedAsync(BonafideErrors.CaChanged);
        Leaks.AssertNothingButQuestions(town.Proxy.Requests);
    }

    [Fact]
    public async Task WebCertificate_OfAStranger_IsNotTrusted()
    {
        using var stranger = TestAuthority.Create("Web Root");
        using var server = stranger.IssueServer(Town.Domain);
        town.Proxy.CertificateFor = host => host == Town.Domain ? server : town.CertificateFor(host);

        await RefusedAsync(BonafideErrors.Untrusted);
        Assert.Empty(town.Proxy.Requests);
    }

    [Theory]
    [InlineData("profile", "\"a0\"", BonafideErrors.WeakKdf)]
    [InlineData("profile", "\"argon2id-m8\"", BonafideErrors.WeakKdf)]
    [InlineData("salt", "\"AAAAAAAAAAA\"", BonafideErrors.WeakKdf)]
    [InlineData("salt", "\"\"", BonafideErrors.WeakKdf)]
    [InlineData("version", "1", BonafideErrors.WeakKdf)]
    [InlineData("group", "\"rfc5054-1024\"", BonafideErrors.WeakGroup)]
    [InlineData("group", "\"mallory\"", BonafideErrors.WeakGroup)]
    [InlineData("group", "{\"N\":\"17\",\"g\":\"3\"}", BonafideErrors.BadAnswer)]
    public async Task LoginParameters_Weakened_AreRefusedBeforeTheLogin(string member, string value, string code)
    {
        town.Proxy.Rewrite("GET", "/1/sessions/params", (_, answer) =>
        {
            var parameters = JsonNode.Parse(answer.Body)!.AsObject();
            parameters[member] = JsonNode.Parse(value);
            return answer.With(parameters.ToJsonString());
        });

        await RefusedAsync(code);
        Leaks.AssertNothingButQuestions(town.Proxy.Requests);
    }

    [Fact]
    public async Task Login_SmallEphemeral_GetsNoProof()
    {
        foreach (var b in (string[])["0", new('f', 768)])
        {
            town.Proxy.Answer("POST", "/1/sessions", ProxiedAnswer.Json(200, $$"""{"B":"{{b}}","salt":"aabb","handshake":"h"}"""));
            await RefusedAsync(BonafideErrors.ServerNotProven);
        }

        Assert.DoesNotContain(town.Proxy.Requests, request => request.Method == "PUT");
    }

    [Fact]
    public async Task Login_ProviderThatDoesNotKnowTheAccount_IsServerNotProven()
    {
        town.Proxy.Rewrite("PUT", "/1/sessions/", (_, answer) =>
        {
            var proven = JsonNode.Parse(answer.Body)!.AsObject();
            proven["M2"] = new string('0', 64);
            return answer.With(proven.ToJsonString());
        });

        await RefusedAsync(BonafideErrors.ServerNotProven);
        Leaks.AssertNothingUploaded(town.Proxy.Requests);
    }

    [Fact]
    public async Task KeyRecord_Missing_MakesNoKeys()
    {
        town.Proxy.Answer("GET", $"/user-{town.UserOf(Alice).Id.Value}/keyrecord", ProxiedAnswer.Json(404, """{"error":"document does not exist"}"""));

        await RefusedAsync(SoledadCodes.KeysMissing);
        Leaks.AssertNothingUploaded(town.Proxy.Requests);
    }

    [Fact]
    public async Task KeyRecord_MadeByTheProvider_OpensForNobody()
    {
        var user = town.UserOf(Alice).Id;
        using var master = MasterKey.Derive("mallory's own", KdfProfile.NewSalt(), KdfProfile.A1);
        using var root = SecretBytes.Random(KeysetRecord.RootOctets);
        using var keyset = Keyset.Create(new string('0', 64), TimeProvider.System.GetUtcNow());
        var forged = KeysetRecord.Seal(keyset, root, user, [KeysetRecord.SealRoot(root, master, user)]);
        var honest = KeyRecord.Parse(town.Store.FindKeyRecord(user)!.Body);

        foreach (var record in (KeyRecord[])[forged, forged with { Slots = honest.Slots }, honest with { Slots = forged.Slots }, honest with { Serial = honest.Serial + 1 }])
        {
            town.Proxy.Rewrite("GET", $"/user-{user.Value}/keyrecord", (_, answer) => answer with { Body = record.ToBytes() });
            await RefusedAsync(SoledadCodes.KeyRecordDamaged);
        }

        Leaks.AssertNothingUploaded(town.Proxy.Requests);
    }

    [Fact]
    public async Task KeyRecord_OfAnotherAccount_IsRefused()
    {
        var user = town.UserOf(Alice).Id;
        var honest = KeyRecord.Parse(town.Store.FindKeyRecord(user)!.Body);
        town.Proxy.Rewrite("GET", $"/user-{user.Value}/keyrecord", (_, answer) => answer with { Body = (honest with { Uuid = UserId.New().Value }).ToBytes() });

        await RefusedAsync(SoledadCodes.KeyRecordDamaged);
    }

    [Fact]
    public async Task OwnKey_Withheld_IsShownAndNeverMadeAnew()
    {
        var user = town.UserOf(Alice);
        var published = user.PublicKey;
        Assert.NotEmpty(s_keyDocuments);
        static ProxiedAnswer Withhold(ProxiedAnswer answer) => Streams.Change(answer, entries => entries.Where(entry => !s_keyDocuments.Contains(entry.Id)));
        town.Proxy.Rewrite("POST", $"/user-{user.Id.Value}/sync-from/", (request, answer) => request.Headers.Contains(SyncMediaTypes.Get, StringComparison.Ordinal)
            ? Withhold(answer)
            : answer);
        town.Proxy.Rewrite("POST", $"/user-{user.Id.Value}/documents", (_, answer) => Withhold(answer)); // where a new device fetches what it never had

        await _device.GoOnlineAsync(Alice);

        Assert.Equal("withheld", (await _device.StatusAsync(Alice)).OwnKey);
        Assert.Contains("withheld", await _device.EventsAsync(Alice));
        Assert.DoesNotContain(await _device.Client.KeysAsync(Alice), key => key.IsOwn);
        Assert.Equal(published, town.UserOf(Alice).PublicKey);
        Leaks.AssertNoKeys(town.Proxy.Requests, s_keyDocuments);

        // It turns up: the next sync from the beginning would bring it; here the provider shows it again as a change.
        await _device.LogoutAsync(Alice);
        using var vault = Vault.Open(_device, Alice);
        Assert.Empty(vault.Ids("OpenPGPKey", "OpenPGPKey-active"));
    }

    private void SwapCa(TestAuthority mallory)
    {
        var fingerprint = CaFingerprint.Of(X509Certificate2.CreateFromPem(mallory.Pem)).ToString();
        town.Proxy.Rewrite("GET", "/ca.crt", (_, answer) => answer.With(mallory.Pem));
        town.Proxy.Rewrite("GET", "/provider.json", (_, answer) =>
        {
            var info = JsonNode.Parse(answer.Body)!.AsObject();
            info["ca_cert_fingerprint"] = fingerprint;
            return answer.With(info.ToJsonString());
        });
    }

    private async Task RefusedAsync(string code)
    {
        Assert.Equal(code, await _device.RefusalAsync(Alice));
        Leaks.AssertNoSecrets(town.Proxy.Requests, s_secrets);
        AssertNothingKept();
        Assert.Empty((await _device.Client.StatusAsync()).Accounts);
    }

    private void AssertNothingKept()
        => Assert.Empty(Directory.Exists(_device.Paths.Accounts) ? Directory.EnumerateFileSystemEntries(_device.Paths.Accounts, "*", SearchOption.AllDirectories) : []);
}
