using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Bonafide.Leap;
using Bitmask.Testing;
using FsCheck.Xunit;

namespace Bitmask.Protocol.Tests.Bonafide;

public sealed class ProviderFilesTests
{
    [Fact]
    public void Hosts_ThatCanNotBeUsed_ArePassedOver_AndNoneIsAnError()
    {
        Assert.Equal(["good.test"], Usable("""{"hosts":{"a":null,"b":{"hostname":"x y","port":25},"c":{"hostname":"good.test","port":465},"d":{"hostname":"bad.test","port":0}}}"""));
        Assert.Throws<FormatException>(() => Usable("""{"hosts":{"a":null}}"""));

        static IEnumerable<string> Usable(string json) => ServiceHosts.Parse(Encoding.UTF8.GetBytes(json)).Usable().Select(static host => host.Hostname!);
    }

    [Fact]
    public void ProviderTrust_FingerprintsAndFiles_Match()
    {
        const string File = "provider/provider_trust.json";
        using var vectors = Vectors.Read(File);
        var root = vectors.RootElement;
        using var ca = X509Certificate2.CreateFromPem(root.GetProperty("ca_crt_pem").GetString()!);
        Assert.Equal(root.GetProperty("ca_cert_fingerprint_field").GetString(), CaFingerprint.Of(ca).ToString());
        var cases = 1;
        foreach (var row in root.GetProperty("fingerprint_parsing").EnumerateArray())
        {
            var isMatch = row.GetProperty("result").GetString()!.EndsWith("match", StringComparison.Ordinal)
                && !row.GetProperty("result").GetString()!.StartsWith("mismatch", StringComparison.Ordinal);
            Assert.Equal(isMatch, CaFingerprint.TryParse(row.GetProperty("value").GetString(), out var fingerprint) && fingerprint!.Matches(ca));
            cases++;
        }

        var info = ProviderInfo.Parse(Octets(root.GetProperty("provider_json")));
        Assert.Equal(("example.org", "https://api.example.org:4430", "open"), (info.Domain, info.ApiUri, info.EnrollmentPolicy));
        Assert.True(info.Service!.AllowRegistration);
        Assert.Equal(ProviderCapabilities.RequiredSecurity, info.MissingSecurity());
        Assert.Equal("/1/configs/smtp-service.json", ServiceList.Parse(Octets(root.GetProperty("configs_json"))).Services["smtp"]);
        Assert.Equal(("mail1.example.org", 465), Host(root.GetProperty("smtp_service_json")));
        Assert.Equal(("soledad1.example.org", 2323), Host(root.GetProperty("soledad_service_json")));
        Vectors.Report(File, cases + 4);
    }

    [Fact]
    public void BonafideWire_EveryStep_IsBuiltAndReadAlike()
    {
        const string File = "provider/bonafide_wire.json";
        using var vectors = Vectors.Read(File);
        using var srp = Vectors.Read("provider/srp.json");
        var root = vectors.RootElement;
        var basic = srp.RootElement.GetProperty("cases")[0];
        var steps = root.GetProperty("steps").EnumerateArray().ToList();

        var form = steps[0].GetProperty("fields").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!);
        var fields = SignUpFields.FromForm(name => form.GetValueOrDefault(name));
        Assert.Equal(form, fields.ToForm().ToDictionary());
        Assert.Equal(form["user[password_verifier]"], LeapSrpVerifier.Compute("alice", basic.GetProperty("password").GetString()!, fields.PasswordSalt!));
        var signedUp = Read(steps[0], BonafideJson.Default.SignUpAnswer);
        Assert.True(signedUp is { Login: "alice", Ok: true, Enabled: true, Id: "0123456789abcdef0123456789abcdef" });

        var client = new LeapSrpClient("alice", basic.GetProperty("password").GetString()!, SrpGroup.Number(SrpHex.Decode(basic.GetProperty("a").GetString())));
        Assert.Equal(steps[1].GetProperty("fields").GetProperty("A").GetString(), client.PublicEphemeral);
        var challenge = Read(steps[1], BonafideJson.Default.LoginChallenge);
        Assert.Equal(steps[2].GetProperty("fields").GetProperty("client_auth").GetString(), client.Prove(challenge.Salt, challenge.B));
        var answer = Read(steps[2], BonafideJson.Default.LoginAnswer);
        Assert.True(client.VerifyServer(answer.M2));
        Assert.DoesNotContain(answer.Token, answer.ToString(), StringComparison.Ordinal);

        foreach (var step in steps.Skip(3))
        {
            var header = step.GetProperty("headers").GetProperty("Authorization").GetString();
            Assert.Equal(header, SessionToken.ToApiHeader(answer.Token));
            Assert.Equal(answer.Token, SessionToken.FromApiHeader(header!.Replace("\"", "", StringComparison.Ordinal)));
        }

        Assert.Equal(root.GetProperty("token").GetProperty("stored_document_id").GetString(), SessionToken.StoredId(answer.Token));
        Assert.Equal(
            root.GetProperty("soledad_header").GetProperty("value").GetString(),
            Protocol.Soledad.SoledadAuthorization.Format(UserId.Parse(answer.Id), answer.Token));
        var database = root.GetProperty("tokens_database_name");
        Assert.Equal(
            database.GetProperty("name").GetString(),
            SessionToken.LeapDatabaseName(DateTimeOffset.FromUnixTimeSeconds(database.GetProperty("unix_time").GetInt64())));
        var secrets = root.GetProperty("soledad_secret_doc_id").EnumerateArray().ToList();
        Assert.All(secrets, row => Assert.Equal(
            row.GetProperty("doc_id").GetString(),
            SessionToken.LeapSecretsId(row.GetProperty("passphrase").GetString()!, UserId.Parse(row.GetProperty("uuid").GetString()!))));
        Vectors.Report(File, steps.Count + 3 + secrets.Count);
    }

    [Fact]
    public void ProviderInfo_WithCapabilities_MissesOnlyTheOthers()
    {
        var info = Info() with { Bitmask = new ProviderCapabilities { Security = ["login2", "record3", "csr", "sealed-documents"], Performance = ["feed"] } };
        var back = ProviderInfo.Parse(info.ToBytes());
        Assert.Equal(["sealed-deletes"], back.MissingSecurity());
        Assert.Equal(["feed"], back.Bitmask!.Performance);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"domain":"a"}""")]
    [InlineData("""{"domain":"a","domain":"b","api_uri":"","ca_cert_uri":"","ca_cert_fingerprint":""}""")]
    [InlineData("""{"domain":null,"api_uri":"","ca_cert_uri":"","ca_cert_fingerprint":""}""")]
    [InlineData("""{"domain":"a","api_uri":"","ca_cert_uri":"","ca_cert_fingerprint":"","services":null}""")]
    public void ProviderInfo_Malformed_ThrowsFormatException(string json)
        => Assert.Throws<FormatException>(() => ProviderInfo.Parse(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("SHA256")]
    [InlineData("SHA256: abcd")]
    [InlineData("SHA1: 0123456789012345678901234567890123456789")]
    [InlineData("SHA256: zz7a115e038391dc414e3c9f2feb17cb0a1569d8f8b9f72539174cf15285bc01")]
    public void CaFingerprint_Malformed_ThrowsFormatException(string? text) => Assert.Throws<FormatException>(() => CaFingerprint.Parse(text));

    [Property(MaxTest = 300)]
    public bool Parse_HostileOctets_ThrowsOnlyFormatException(byte[] noise, byte at)
    {
        var json = Info().ToBytes();
        (noise ?? []).AsSpan(0, Math.Min(noise?.Length ?? 0, 3)).CopyTo(json.AsSpan(at % (json.Length - 3)));
        return Record.Exception(() => ProviderInfo.Parse(json)) is null or FormatException
            && Record.Exception(() => ServiceHosts.Parse(noise)) is null or FormatException
            && Record.Exception(() => CaFingerprint.TryParse(Encoding.Latin1.GetString(noise ?? []), out _)) is null;
    }

    [Fact]
    public void DeviceSignature_OtherDomainNonceOrKey_IsBad()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var nonce = RandomNumberGenerator.GetBytes(DeviceSignature.NonceOctets);
        var signature = DeviceSignature.Sign(key, "example.org", nonce);
        Assert.Equal(DeviceSignature.Octets, signature.Length);
        Assert.True(DeviceSignature.Verify(key, "example.org", nonce, signature));
        Assert.False(DeviceSignature.Verify(key, "example.net", nonce, signature));
        Assert.False(DeviceSignature.Verify(key, "example.org", new byte[32], signature));
        Assert.False(DeviceSignature.Verify(other, "example.org", nonce, signature));
        Assert.False(DeviceSignature.Verify(key, "example.org", nonce, []));
    }

    [Fact]
    public void ApiError_TextOrList_IsFound()
    {
        var error = JsonSerializer.Deserialize("""{"errors":{"login":["has already been taken","x"],"base":"no","n":1}}""", BonafideJson.Default.ApiError)!;
        Assert.Equal(("has already been taken", "no", null, null), (error.About("login"), error.About("base"), error.About("n"), error.About("z")));
    }

    private static ProviderInfo Info() => new()
    {
        Domain = "example.org",
        ApiUri = "https://api.example.org:4430",
        CaCertUri = "https://example.org/ca.crt",
        CaCertFingerprint = "SHA256: 00",
    };

    private static byte[] Octets(JsonElement json) => Encoding.UTF8.GetBytes(json.GetRawText());

    private static (string Hostname, int Port) Host(JsonElement json)
    {
        var host = ServiceHosts.Parse(Octets(json)).Usable()[0];
        return (host.Hostname, host.Port);
    }

    private static T Read<T>(JsonElement step, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type)
        => BonafideJson.Read(Octets(step.GetProperty("response").GetProperty("json")), type, 10000, "the answer");
}
