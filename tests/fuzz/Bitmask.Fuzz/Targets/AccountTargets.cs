using System.Text.Json.Serialization.Metadata;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.KeyDirectory;
using Bitmask.Protocol.Keys;
using Bitmask.Provider.WebApi;
using Bitmask.Testing;
using static Bitmask.Fuzz.Promise;

namespace Bitmask.Fuzz.Targets;

/// <summary>What providers say of themselves, what is said at sign-up and login, and addresses that people type.</summary>
internal static class AccountTargets
{
    private const string Request = """
        -----BEGIN CERTIFICATE REQUEST-----
        MIHUMHwCAQAwGjEYMBYGA1UEAwwPYml0bWFzay1mdXp6aW5nMFkwEwYHKoZIzj0C
        AQYIKoZIzj0DAQcDQgAE
        -----END CERTIFICATE REQUEST-----
        """;

    public static IEnumerable<FuzzTarget> All { get; } =
    [
        new("provider-json", "Bitmask.Protocol", () => [Trust("provider_json"), Octets("""{"api_uri":"https://api.red.test","ca_cert_uri":"https://red.test/ca.crt","ca_cert_fingerprint":"SHA256: 00","domain":"red.test","bitmask":{"security":["login2"],"performance":["feed"]},"service":{"levels":{"1":{"name":"free"}}}}""")], octets => Reads(() => ProviderInfo.Parse(octets).MissingSecurity())),
        new("configs-json", "Bitmask.Protocol", () => [Trust("configs_json"), Trust("smtp_service_json"), Trust("soledad_service_json")], octets =>
        {
            Reads(() => ServiceList.Parse(octets));
            Reads(() => ServiceHosts.Parse(octets).Usable());
        }),
        new("ca-fingerprint", "Bitmask.Protocol", () => [Octets("SHA256: a27a115e038391dc414e3c9f2feb17cb0a1569d8f8b9f72539174cf15285bc01"), Octets("sha-512:" + new string('a', 128))], octets =>
            That(!CaFingerprint.TryParse(Latin1(octets), out var fingerprint) || CaFingerprint.Parse(fingerprint!.ToString()).Digest.Span.SequenceEqual(fingerprint.Digest.Span), "a fingerprint written and read is the same")),
        new("login-records", "Bitmask.Protocol", LoginSeeds, Login, 4),
        new("recovery-code", "Bitmask.Protocol", () => [Octets(NewCode()), Octets("00000-00000-00000-00000-00000-00000-00000-00000"), Octets("o0il1 ABCDE")], Code),
        new("session-params", "Bitmask.Protocol", () => LoginSeeds().Skip(1).Take(1), Params),
        new("nicknym-reply", "Bitmask.Protocol", () => [Octets("""{"address":"bob@blue.test","openpgp":"-----BEGIN PGP PUBLIC KEY BLOCK-----","source":"provider","validation":"x"}""")], octets => NicknymReply.TryParse(octets, out _)),
        new("certificate-request", "bitmask-provider", () => [Octets(Request), NewRequest()], CertificateRequests, 4),
        new("email-address", "Bitmask.Primitives", () => [Octets("alice@red.test"), Octets("a.b+c@xn--grn-ioa.test"), Octets("ü@grün.test")], octets =>
            That(!EmailAddress.TryParse(Utf8(octets), out var address) || EmailAddress.Parse(address.Address).Equals(address), "an address written and read is the same")),
    ];

    private static byte[] Trust(string member)
    {
        using var vectors = Vectors.Read("provider/provider_trust.json");
        return Octets(vectors.RootElement.GetProperty(member).GetRawText());
    }

    private static void Reads(Action parse)
    {
        try
        {
            parse();
        }
        catch (FormatException)
        {
        }
    }

    private static IEnumerable<byte[]> LoginSeeds() => new[]
    {
        """{"user":{"login":"alice","password_salt":"00","password_verifier":"ff","mode":"sealed","kdf_profile":"a1","kdf_salt":"AAAAAAAAAAAAAAAAAAAAAA","srp_group":"rfc5054-3072"}}""",
        """{"version":2,"profile":"a1","salt":"AAAAAAAAAAAAAAAAAAAAAA","group":"rfc5054-3072"}""", """{"login":"alice","A":"ff00","srp_group":"rfc5054-3072"}""",
        """{"B":"0ff","salt":"ff","handshake":"00"}""", """{"M2":"00","id":"0123","token":"abc"}""", """{"client_auth":"00","handshake":"x"}""", """{"uuid":"a","device":"0011223344556677","nonce":"AA","signature":"AA"}""",
    }.Select(Octets);

    private static void Login(byte[] octets)
    {
        Record(BonafideJson.Default.SignUpBody);
        Record(BonafideJson.Default.SessionParams);
        Record(BonafideJson.Default.LoginAnswer);
        Record(BonafideJson.Default.DeviceLogin);
        Record(BonafideJson.Default.LoginProof);
        if (Record(BonafideJson.Default.LoginStart) is { A: { } a })
        {
            Number(a);
        }

        if (Record(BonafideJson.Default.LoginChallenge) is { B: { } b })
        {
            Number(b);
        }

        T? Record<T>(JsonTypeInfo<T> type)
            where T : class
        {
            try
            {
                return BonafideJson.Read(octets, type, 64 * 1024, "the record");
            }
            catch (FormatException)
            {
                return null;
            }
        }
    }

    private static string NewCode()
    {
        using var code = RecoveryCode.New();
        return code.Reveal();
    }

    private static void Code(byte[] octets)
    {
        if (!RecoveryCode.TryParse(Utf8(octets), out var code, out var group))
        {
            That(group is >= 0 and <= RecoveryCode.Groups, "the wrong group is one of the code's");
            return;
        }

        using (code)
        {
            That(RecoveryCode.TryParse(code!.Reveal(), out var again, out _) && again!.Reveal() == code.Reveal(), "a code written and read is the same");
        }
    }

    private static void Params(byte[] octets)
    {
        try
        {
            var (profile, salt, group) = BonafideJson.Read(octets, BonafideJson.Default.SessionParams, 64 * 1024, "the record").Check();
            That(profile == KdfProfile.A1 && salt.Length == KdfProfile.SaltOctets && group == SrpGroup.Rfc5054_3072, "nothing weak passes");
        }
        catch (Exception e) when (e is FormatException or KeysProtocolException or SrpProtocolException)
        {
        }
    }

    private static void Number(string hex)
    {
        try
        {
            SrpHex.Decode(hex);
        }
        catch (SrpProtocolException)
        {
        }
    }

    private static byte[] NewRequest()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        return Octets(new System.Security.Cryptography.X509Certificates.CertificateRequest("CN=x", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSigningRequestPem());
    }

    private static void CertificateRequests(byte[] octets)
    {
        try
        {
            CertificateEndpoints.ReadRequest(octets);
        }
        catch (ApiException)
        {
        }
    }
}
