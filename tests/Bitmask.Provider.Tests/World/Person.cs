using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Bonafide.Leap;
using Bitmask.Protocol.Soledad;
using Bitmask.Protocol.Soledad.Leap;

namespace Bitmask.Provider.Tests.World;

/// <summary>Alice, Bob or Mallory with an account: signed up and logged in over the wire.</summary>
internal sealed class Person : IDisposable
{
    public const string Password = "correct horse battery staple";

    private Person(TestProvider provider, string login, UserId id, string token)
    {
        Provider = provider;
        Login = login;
        Id = id;
        Token = token;
    }

    public TestProvider Provider { get; }

    public string Login { get; }

    public string Address => $"{Login}@{Provider.Domain}";

    public UserId Id { get; }

    public string Token { get; set; }

    public OpenPgpSecretKey? Key { get; private set; }

    /// <summary>Certificate and key for the submission port, from <see cref="RequestCertificateAsync"/>.</summary>
    public X509Certificate2? Certificate { get; private set; }

    public static async Task<Person> SealedAsync(TestProvider provider, string login = "alice", bool withKey = false)
    {
        var salt = SrpVerifier.NewSalt();
        var fields = new SignUpFields
        {
            Login = login,
            PasswordSalt = SrpHex.Encode(salt),
            PasswordVerifier = SrpHex.Encode(SrpVerifier.Compute(SrpGroup.Rfc5054_3072, login, Password, salt)),
            Mode = AccountModes.Sealed,
            KdfProfile = "a1",
            KdfSalt = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16)),
            SrpGroup = "rfc5054-3072",
        };
        var id = await SignUpAsync(provider, fields);
        var (answer, _) = await LogInAsync(provider, login, Password);
        return await WithKeyAsync(new Person(provider, login, id, answer!.Token), withKey);
    }

    public static async Task<Person> LeapAsync(TestProvider provider, string login = "leo", bool withKey = false)
    {
        var salt = SrpHex.Encode(SrpVerifier.NewSalt());
        var id = await SignUpAsync(provider, new SignUpFields { Login = login, PasswordSalt = salt, PasswordVerifier = LeapSrpVerifier.Compute(login, Password, salt) });
        var (answer, _) = await LogInLeapAsync(provider, login, Password);
        return await WithKeyAsync(new Person(provider, login, id, answer!.Token), withKey);
    }

    /// <summary>The hardened login; the answer, or the status and body of the refusal.</summary>
    public static async Task<(LoginAnswer? Answer, string Refusal)> LogInAsync(TestProvider provider, string login, string password, bool isRecovery = false, byte[]? binding = null)
    {
        using var authority = provider.Authority();
        var client = new SrpClient(SrpGroup.Rfc5054_3072, login, password, binding ?? SrpBinding.Of(authority));
        var start = new LoginStart { Login = login, A = SrpHex.Encode(client.PublicEphemeral), SrpGroup = "rfc5054-3072", Recovery = isRecovery ? "1" : null };
        var (challenge, refusal) = await PostStartAsync(provider, start);
        if (challenge is null)
        {
            return (null, refusal);
        }

        var proof = SrpHex.Encode(client.Prove(SrpHex.Decode(challenge.Salt), SrpHex.Decode(challenge.B)));
        var (answer, why) = await PutProofAsync(provider, login, proof, challenge.Handshake!);
        Assert.True(answer is null || client.VerifyServer(SrpHex.Decode(answer.M2)));
        return (answer, why);
    }

    public static async Task<(LoginAnswer? Answer, string Refusal)> LogInLeapAsync(TestProvider provider, string login, string password, bool stripped = false)
    {
        var client = new LeapSrpClient(login, password, stripped);
        var (challenge, refusal) = await PostStartAsync(provider, new LoginStart { Login = login, A = client.PublicEphemeral });
        if (challenge is null)
        {
            return (null, refusal);
        }

        var (answer, why) = await PutProofAsync(provider, login, client.Prove(challenge.Salt, challenge.B), challenge.Handshake!);
        Assert.True(answer is null || client.VerifyServer(answer.M2));
        return (answer, why);
    }

    /// <summary>A request of this person to the API.</summary>
    public async Task<HttpResponseMessage> ApiAsync(HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", SessionToken.ToApiHeader(Token));
        return await Provider.Api.SendAsync(request);
    }

    /// <summary>A request of this person to soledad.</summary>
    public async Task<HttpResponseMessage> SoledadAsync(HttpMethod method, string path, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.TryAddWithoutValidation("Authorization", SoledadAuthorization.Format(Id, Token));
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await Provider.Soledad.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    public async Task UploadKeyAsync(OpenPgpSecretKey key)
    {
        Key = key;
        var form = new FormUrlEncodedContent([KeyValuePair.Create("user[public_key]", key.Certificate.ToArmor())]);
        using var response = await ApiAsync(HttpMethod.Put, $"/1/users/{Id.Value}.json", form);
        Assert.Equal(204, (int)response.StatusCode);
    }

    public async Task RequestCertificateAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var csr = new CertificateRequest("CN=ignored", key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        using var response = await ApiAsync(HttpMethod.Post, "/1/smtp_cert", Content(csr, "application/pkcs10"));
        Assert.Equal(200, (int)response.StatusCode);
        using var certificate = X509Certificate2.CreateFromPem(await response.Content.ReadAsStringAsync());
        using var pair = certificate.CopyWithPrivateKey(key);
        Certificate = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
    }

    /// <summary>The incoming box, opened: what the wrapper holds, oldest first.</summary>
    public async Task<IReadOnlyList<IncomingContent>> ReadIncomingAsync()
    {
        using var list = await SoledadAsync(HttpMethod.Get, $"/incoming/{Id.Value}/");
        Assert.Equal(200, (int)list.StatusCode);
        var items = JsonSerializer.Deserialize(await list.Content.ReadAsByteArrayAsync(), SoledadJson.Default.ListIncomingItemInfo)!;
        var mails = new List<IncomingContent>();
        foreach (var item in items)
        {
            using var response = await SoledadAsync(HttpMethod.Get, $"/incoming/{Id.Value}/{item.Id}");
            var blob = IncomingBlob.Parse(await response.Content.ReadAsByteArrayAsync());
            Assert.Equal(item.Id, blob.Preamble.Id);
            mails.Add(IncomingContent.Parse(Decrypt(blob.Message.Span)));
        }

        return mails;
    }

    public byte[] Decrypt(ReadOnlySpan<byte> message)
        => Assert.IsType<DecryptionResult.Opened>(MessageDecryptor.Decrypt(message, [Key!], [], Provider.Clock.GetUtcNow())).Data;

    public void Dispose()
    {
        Key?.Dispose();
        Certificate?.Dispose();
    }

    public static ByteArrayContent Content(string body, string type)
    {
        var content = new ByteArrayContent(System.Text.Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        return content;
    }

    private static async Task<Person> WithKeyAsync(Person person, bool withKey)
    {
        if (withKey)
        {
            await person.UploadKeyAsync(OpenPgpSecretKey.Generate(EmailAddress.Parse(person.Address), person.Provider.Clock.GetUtcNow()));
        }

        return person;
    }

    private static async Task<UserId> SignUpAsync(TestProvider provider, SignUpFields fields)
    {
        using var response = await provider.Api.PostAsync("/1/users", new FormUrlEncodedContent(fields.ToForm()));
        Assert.Equal(201, (int)response.StatusCode);
        return UserId.Parse((await response.Content.ReadFromJsonAsync(BonafideJson.Default.SignUpAnswer))!.Id);
    }

    private static async Task<(LoginChallenge? Challenge, string Refusal)> PostStartAsync(TestProvider provider, LoginStart start)
    {
        using var response = await provider.Api.PostAsync("/1/sessions", JsonContent.Create(start, BonafideJson.Default.LoginStart));
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync(BonafideJson.Default.LoginChallenge), "")
            : (null, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    private static async Task<(LoginAnswer? Answer, string Refusal)> PutProofAsync(TestProvider provider, string login, string proof, string handshake)
    {
        using var response = await provider.Api.PutAsync($"/1/sessions/{login}", JsonContent.Create(new LoginProof { ClientAuth = proof, Handshake = handshake }, BonafideJson.Default.LoginProof));
        return response.IsSuccessStatusCode
            ? (await response.Content.ReadFromJsonAsync(BonafideJson.Default.LoginAnswer), "")
            : (null, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }
}
