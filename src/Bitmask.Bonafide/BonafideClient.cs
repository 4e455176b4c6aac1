using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Outgoing;

namespace Bitmask.Bonafide;

/// <summary>
/// Registers and logs in sealed accounts, and does what needs a session: services, key upload, device key, client certificate. All requests go to the
/// API, judged by the pinned CA. Every failure is a <see cref="BonafideException"/>.
/// </summary>
public sealed partial class BonafideClient : IDisposable
{
    private readonly ProviderPin _provider;
    private readonly BonafideHttp _http;

    /// <summary>Makes a client.</summary>
    /// <param name="provider">The provider, see <see cref="ProviderBootstrap"/>.</param>
    /// <param name="handlers">Makes the handler for a kind of trust, see <see cref="OutgoingHandlers.For"/>; the handlers stay its own.</param>
    public BonafideClient(ProviderPin provider, Func<ServerTrust, HttpMessageHandler> handlers)
    {
        ArgumentNullException.ThrowIfNull(provider);
        ArgumentNullException.ThrowIfNull(handlers);
        _provider = provider;
        _http = new BonafideHttp(handlers(ServerTrust.PinnedCa(provider.Ca)));
    }

    /// <summary>Makes a sealed account.</summary>
    /// <param name="login">The part before the @.</param>
    /// <param name="passphrase">The passphrase; neither it nor what opens the mail is sent.</param>
    /// <param name="inviteCode">Invite code, where one is needed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<SignedUp> SignUpAsync(
        string login, string passphrase, string? inviteCode = null, CancellationToken cancellationToken = default)
    {
        ProviderBootstrap.RequireSealed(_provider);
        var master = MasterKey.Derive(passphrase, KdfProfile.NewSalt(), KdfProfile.A1);
        try
        {
            return new SignedUp(await SignUpAsync(login, master, inviteCode, cancellationToken).ConfigureAwait(false), master);
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>Makes a sealed account of keys that are at hand; whoever wrote down their salt before can tell later that the account is this one.</summary>
    public Task<UserId> SignUpAsync(string login, MasterKey master, string? inviteCode = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(master);
        ProviderBootstrap.RequireSealed(_provider);
        var group = SrpGroup.Rfc5054_3072;
        var salt = SrpVerifier.NewSalt();
        var fields = new SignUpFields
        {
            Login = login,
            PasswordSalt = SrpHex.Encode(salt),
            PasswordVerifier = SrpHex.Encode(SrpVerifier.Compute(group, login, master.AuthSecret, salt)),
            InviteCode = inviteCode,
            Mode = AccountModes.Sealed,
            KdfProfile = master.Profile.Name,
            KdfSalt = Base64Url.EncodeToString(master.Salt.Span),
            SrpGroup = group.Name,
        };
        return SignUpRequests.SendAsync(_http, _provider, fields, cancellationToken);
    }

    /// <summary>Logs in to a sealed account with the passphrase.</summary>
    public async Task<SealedLogin> LogInAsync(string login, string passphrase, CancellationToken cancellationToken = default)
    {
        ProviderBootstrap.RequireSealed(_provider);
        var (profile, salt) = await ReadParamsAsync(login, cancellationToken).ConfigureAwait(false);
        var master = MasterKey.Derive(passphrase, salt, profile);
        try
        {
            return new SealedLogin(await LogInAsync(login, master, cancellationToken).ConfigureAwait(false), master);
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>Logs in to a sealed account with keys that are at hand, as right after <see cref="SignUpAsync(string, MasterKey, string?, CancellationToken)"/>.</summary>
    public Task<Session> LogInAsync(string login, MasterKey master, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(master);
        return LogInAsync(login, master.AuthSecret, recovery: null, cancellationToken);
    }

    /// <summary>Renews the session by the device's key, without a passphrase.</summary>
    /// <param name="user">The account.</param>
    /// <param name="device">This device.</param>
    /// <param name="key">Its ECDSA P-256 key.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Session> LogInByDeviceAsync(UserId user, DeviceId device, ECDsa key, CancellationToken cancellationToken = default)
    {
        var uri = new Uri(_provider.Api, "sessions/device");
        var login = new DeviceLogin { Uuid = user.Value, Device = device.ToString() };
        var first = await _http.SendAsync(
            HttpMethod.Post, uri, BonafideHttp.Json(login, BonafideJson.Default.DeviceLogin), cancellationToken: cancellationToken).ConfigureAwait(false);
        ThrowIfDeviceRefused(first);
        var challenge = first.Read(BonafideJson.Default.DeviceChallenge);

        var signature = DeviceSignature.Sign(key, _provider.Domain, LoginRequests.DecodeBase64(challenge.Nonce));
        var signed = login with { Nonce = challenge.Nonce, Signature = Base64Url.EncodeToString(signature) };
        var second = await _http.SendAsync(
            HttpMethod.Post, uri, BonafideHttp.Json(signed, BonafideJson.Default.DeviceLogin), cancellationToken: cancellationToken).ConfigureAwait(false);
        ThrowIfDeviceRefused(second);
        var session = second.Read(BonafideJson.Default.DeviceSession);
        return session.Id == user.Value && session.Token.Length > 0
            ? new Session(user, session.Token)
            : throw new BonafideException(BonafideErrors.BadAnswer, "The provider answered for another account.");
    }

    /// <summary>Ends the session at the provider; a session that has ended already is fine.</summary>
    public async Task LogOutAsync(Session session, CancellationToken cancellationToken = default)
    {
        var answer = await SendAsync(HttpMethod.Delete, "logout", session, null, cancellationToken).ConfigureAwait(false);
        if (answer.Status != 401)
        {
            answer.ThrowIfBad();
        }
    }

    /// <summary>Asks where the services are.</summary>
    public async Task<ProviderServices> ReadServicesAsync(Session session, CancellationToken cancellationToken = default)
    {
        var configs = await SendAsync(HttpMethod.Get, "configs.json", session, null, cancellationToken).ConfigureAwait(false);
        configs.ThrowIfBad();
        var list = configs.Read(BonafideJson.Default.ServiceList);
        var soledad = (await ReadHostsAsync(list, "soledad", session, cancellationToken).ConfigureAwait(false))[0];
        var smtp = await ReadHostsAsync(list, "smtp", session, cancellationToken).ConfigureAwait(false);
        return new ProviderServices(new Uri($"https://{soledad.Hostname}:{soledad.Port}/"), [.. smtp.Select(host => new SubmissionHost(host.Hostname, host.Port))]);
    }

    /// <summary>Uploads the account's OpenPGP certificate, armored, for others to find.</summary>
    public async Task UploadKeyAsync(Session session, string armoredCertificate, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(session);
        var fields = new SignUpFields { PublicKey = armoredCertificate };
        var answer = await SendAsync(
            HttpMethod.Put, "users/" + session.User.Value, session, BonafideHttp.Form(fields.ToForm()), cancellationToken).ConfigureAwait(false);
        answer.ThrowIfBad();
    }

    /// <summary>Registers this device's key, for <see cref="LogInByDeviceAsync"/>.</summary>
    public async Task RegisterDeviceAsync(Session session, DeviceId device, ECDsa key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        var body = BonafideHttp.Json(DeviceRegistration.Create(device, key.ExportSubjectPublicKeyInfo()), BonafideJson.Default.DeviceRegistration);
        var answer = await SendAsync(HttpMethod.Post, "devices", session, body, cancellationToken).ConfigureAwait(false);
        answer.ThrowIfBad();
    }

    /// <summary>Asks for a client certificate for submission. Only a request signed by the key goes out, never the key.</summary>
    /// <returns>The certificate, without private key.</returns>
    public async Task<X509Certificate2> RequestCertificateAsync(Session session, ECDsa key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        // The subject is a random number: certificates show in the open where TLS 1.2 is spoken.
        var subject = new X500DistinguishedName("CN=" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        var pem = new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        var body = new ByteArrayContent(System.Text.Encoding.ASCII.GetBytes(pem));
        body.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/pkcs10");
        var answer = await SendAsync(HttpMethod.Post, "smtp_cert", session, body, cancellationToken).ConfigureAwait(false);
        answer.ThrowIfBad();
        return ReadCertificate(answer.Body, key);
    }

    /// <summary>Closes the connections of this client.</summary>
    public void Dispose() => _http.Dispose();

    private static X509Certificate2 ReadCertificate(byte[] pem, ECDsa key)
    {
        try
        {
            var certificate = X509Certificate2.CreateFromPem(System.Text.Encoding.ASCII.GetString(pem));
            using var certified = certificate.GetECDsaPublicKey();
            if (certified is not null && certified.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
            {
                return certificate;
            }

            certificate.Dispose();
        }
        catch (CryptographicException)
        {
            // Falls through.
        }

        throw new BonafideException(BonafideErrors.BadAnswer, "The provider's certificate is not for this device's key.");
    }

    private static void ThrowIfDeviceRefused(BonafideAnswer answer)
    {
        if (answer.Status == 403 && answer.Error().Error == "device_revoked")
        {
            throw Removed();
        }

        if (answer.Status is 401 or 403 or 404 or 422)
        {
            throw new BonafideException(
                BonafideErrors.DeviceRefused, "The provider does not know this device, or no longer.", "Log in with the passphrase.");
        }

        answer.ThrowIfBad();
    }

    private async Task<IReadOnlyList<ServiceHost>> ReadHostsAsync(ServiceList list, string service, Session session, CancellationToken cancellationToken)
    {
        if (!list.Services.TryGetValue(service, out var path) || !Uri.TryCreate(_provider.Api, path, out var uri) || uri.Host != _provider.Api.Host)
        {
            throw new BonafideException(BonafideErrors.BadAnswer, $"The provider does not say where its {service} service is.");
        }

        var answer = await _http.SendAsync(HttpMethod.Get, uri, token: session.Token, cancellationToken: cancellationToken).ConfigureAwait(false);
        answer.ThrowIfBad();
        try
        {
            return answer.Read(BonafideJson.Default.ServiceHosts).Usable();
        }
        catch (FormatException e)
        {
            throw new BonafideException(BonafideErrors.BadAnswer, $"The provider does not say where its {service} service is.", inner: e);
        }
    }

    private async Task<Session> LogInAsync(string login, string secret, string? recovery, CancellationToken cancellationToken)
    {
        ProviderBootstrap.RequireSealed(_provider);
        var srp = new SrpClient(SrpGroup.Rfc5054_3072, login, secret, SrpBinding.Of(_provider.Ca));
        try
        {
            // 1. A goes out; it depends on nothing secret of the account.
            var start = new LoginStart { Login = login, A = SrpHex.Encode(srp.PublicEphemeral), SrpGroup = SrpGroup.Rfc5054_3072.Name, Recovery = recovery };
            var (challenge, cookie) = await LoginRequests.StartAsync(_http, _provider, start, cancellationToken).ConfigureAwait(false);

            // 2. The proof.
            var proof = SrpHex.Encode(srp.Prove(SrpHex.Decode(challenge.Salt), SrpHex.Decode(challenge.B)));
            var answer = await LoginRequests.ProveAsync(_http, _provider, login, proof, challenge.Handshake, cookie, cancellationToken).ConfigureAwait(false);

            // 3. Nothing the server said counts before it has proven that it knows the verifier.
            return srp.VerifyServer(SrpHex.Decode(answer.M2)) ? LoginRequests.ToSession(answer) : throw LoginRequests.NotProven();
        }
        catch (SrpProtocolException e)
        {
            throw LoginRequests.NotProven(e);
        }
    }

    private async Task<(KdfProfile Profile, byte[] Salt)> ReadParamsAsync(string login, CancellationToken cancellationToken)
    {
        var uri = new Uri(_provider.Api, "sessions/params?login=" + Uri.EscapeDataString(login));
        var answer = await _http.SendAsync(HttpMethod.Get, uri, cancellationToken: cancellationToken).ConfigureAwait(false);
        answer.ThrowIfBad();
        try
        {
            var (profile, salt, _) = answer.Read(BonafideJson.Default.SessionParams).Check();
            return (profile, salt);
        }
        catch (KeysProtocolException e)
        {
            throw new BonafideException(
                BonafideErrors.WeakKdf, "The provider names a key derivation that this program does not accept.", "Nothing was sent. A newer program may know it.", e);
        }
        catch (SrpProtocolException e)
        {
            throw new BonafideException(
                BonafideErrors.WeakGroup, "The provider names a login group that this program does not accept.", "Nothing was sent. A newer program may know it.", e);
        }
    }

    private Task<BonafideAnswer> SendAsync(HttpMethod method, string path, Session session, HttpContent? body, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        return _http.SendAsync(method, new Uri(_provider.Api, path), body, session.Token, cancellationToken: cancellationToken);
    }
}
