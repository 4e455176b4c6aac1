using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Keys;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.WebApi;

/// <summary>
/// The hardened login, and what both logins share: parameters, log-out, the account's answer. A login that does not exist, is disabled, or
/// belongs to the other kind of account is answered like a wrong passphrase, step by step (<see cref="FakeLogins"/>).
/// </summary>
internal sealed class SessionEndpoints(ProviderStore store, Handshakes handshakes, FakeLogins fakes, LoginDelays delays, SourceLimit begun, byte[] binding)
{
    private const string Cookie = "_session_id";
    private const string WrongPassword = "Not a valid username/password combination";
    private static readonly TimeSpan HandshakeLife = TimeSpan.FromMinutes(30);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/1/sessions/params", context => ApiRequest.RunAsync(context, GetParamsAsync));
        routes.MapPost("/1/sessions", context => ApiRequest.RunAsync(context, BeginAsync));
        routes.MapPut("/1/sessions/{login}", context => ApiRequest.RunAsync(context, ProveAsync));
        routes.MapDelete("/1/logout", context => ApiRequest.RunAsync(context, LogOutAsync));
    }

    private Task GetParamsAsync(HttpContext context)
    {
        var login = context.Request.Query["login"] is [{ Length: > 0 and <= 256 } name] ? name : throw ApiException.BadRequest("login is missing.");
        var user = store.FindUserByLogin(login);
        var answer = new SessionParams { Profile = KdfProfile.A1.Name, Salt = fakes.KdfSalt(login), Group = SrpGroup.Rfc5054_3072.Name };
        if (user is { Mode: AccountMode.Sealed, Enabled: true })
        {
            answer = answer with { Profile = user.KdfProfile!, Salt = user.KdfSalt!, Group = user.SrpGroup! };
        }

        return ApiRequest.WriteJsonAsync(context, 200, answer, BonafideJson.Default.SessionParams);
    }

    private async Task BeginAsync(HttpContext context)
    {
        begun.Check(context); // each costs us some milliseconds of arithmetic
        var start = await ApiRequest.ReadAsync(context, BonafideJson.Default.LoginStart, form => new LoginStart { Login = form("login"), A = form("A"), SrpGroup = form("srp_group"), Recovery = form("recovery") });
        if (start.Login is not { Length: > 0 and <= 256 } login || start.A is null)
        {
            throw ApiException.BadRequest("login or A are missing.");
        }

        LoginAttempt attempt;
        try
        {
            attempt = start.SrpGroup is null
                ? Leap.LeapLogin.Begin(store.FindUserByLogin(login), login, start.A, fakes)
                : SealedLogin.Begin(store.FindUserByLogin(login), login, SrpGroup.Find(start.SrpGroup), start.A, start.Recovery == "1", fakes, binding);
        }
        catch (SrpProtocolException)
        {
            throw ApiException.Refused("base", "Invalid random key used. This looked like an attempt to hack the site to us. If it wasn't please contact support so we can look into the issue.");
        }

        var id = handshakes.Add(attempt, HandshakeLife);
        context.Response.Headers.SetCookie = $"{Cookie}={id}; path=/; secure; httponly; samesite=strict";
        await ApiRequest.WriteJsonAsync(context, 200, new LoginChallenge { B = attempt.B, Salt = attempt.Salt, Handshake = id }, BonafideJson.Default.LoginChallenge);
    }

    private async Task ProveAsync(HttpContext context)
    {
        var source = LoginDelays.SourceOf(context.Connection.RemoteIpAddress);
        using var running = delays.TryBegin(source) ?? throw ApiException.SlowDown; // the login that was begun stays good
        var proof = await ApiRequest.ReadAsync(context, BonafideJson.Default.LoginProof, form => new LoginProof { ClientAuth = form("client_auth"), Handshake = form("handshake") });
        var attempt = handshakes.Take<LoginAttempt>(proof.Handshake ?? context.Request.Cookies[Cookie]) ?? throw ApiException.Refused(
            "login",
            "Could not understand your login attempt. Please first send your login and a SRP ephemeral value A and then send the client_auth in the same session (using cookies).");
        var m2 = attempt.Prove(proof.ClientAuth);
        if (m2 is null || attempt.User is not { } user)
        {
            await delays.WaitAsync(attempt.Login, source, context.RequestAborted);
            throw ApiException.Refused("base", WrongPassword);
        }

        var token = await store.CreateTokenAsync(user.Id, context.RequestAborted, attempt.Kind);
        context.Response.Headers.SetCookie = $"{Cookie}=; path=/; secure; httponly; samesite=strict; max-age=0";
        await ApiRequest.WriteJsonAsync(context, 200, new LoginAnswer { M2 = m2, Id = user.Id.Value, Token = token }, BonafideJson.Default.LoginAnswer);
    }

    private async Task LogOutAsync(HttpContext context)
    {
        var session = await ApiRequest.RequireSessionAsync(context, store);
        await store.DeleteTokenAsync(session.User.Id, ApiRequest.TokenOf(context), context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }
}

/// <summary>A login between its two requests. User null: there is no such login, and no proof can be right.</summary>
internal sealed record LoginAttempt(string Login, User? User, string B, string Salt, Func<string?, string?> Prove, SessionKind Kind);

/// <summary>The login of sealed accounts: SRP-6a in a 3072-bit group (security.md A1).</summary>
internal static class SealedLogin
{
    /// <exception cref="SrpProtocolException">A is one that no honest client sends.</exception>
    public static LoginAttempt Begin(User? user, string login, SrpGroup group, string a, bool isRecovery, FakeLogins fakes, ReadOnlySpan<byte> binding)
    {
        var (storedSalt, storedVerifier) = isRecovery ? (user?.RecoverySalt, user?.RecoveryVerifier) : (user?.Salt, user?.Verifier);
        var isReal = user is { Mode: AccountMode.Sealed, Enabled: true } && user.SrpGroup == group.Name && storedVerifier is not null;
        var ephemeral = SrpHex.Decode(a);
        SrpServer.CheckClientEphemeral(group, ephemeral);
        var purpose = isRecovery ? "recovery" : "srp";
        var salt = isReal ? SrpHex.Decode(storedSalt) : fakes.Octets(login, purpose + "-salt", SrpVerifier.SaltOctets, 0x80);
        var verifier = isReal ? SrpHex.Decode(storedVerifier) : fakes.Octets(login, purpose + "-verifier", group.Octets - 1, 0);
        var server = new SrpServer(group, login, salt, verifier, binding);
        return new LoginAttempt(
            login, isReal ? user : null, SrpHex.Encode(server.PublicEphemeral), isReal ? storedSalt! : SrpHex.Encode(salt),
            proof => SrpHex.TryDecode(proof, out var m1, 64) && server.Prove(ephemeral, m1) is { } m2 ? SrpHex.Encode(m2) : null,
            isRecovery ? SessionKind.Recovery : SessionKind.Passphrase);
    }
}

/// <summary>What logins that do not exist are answered with: always the same for one login, and not to be told from real values.</summary>
internal sealed class FakeLogins(byte[] key)
{
    public string KdfSalt(string login) => Base64Url.EncodeToString(Octets(login, "kdf-salt", Protocol.Keys.KdfProfile.SaltOctets, 0));

    public byte[] Octets(string login, string purpose, int length, byte firstBits)
    {
        var octets = HKDF.DeriveKey(HashAlgorithmName.SHA256, key, length, info: Encoding.UTF8.GetBytes($"bitmask/fake/{purpose}\0{login}"));
        octets[0] |= firstBits;
        return octets;
    }
}
