using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Bonafide.Leap;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Outgoing;
using Bitmask.Testing.Dns;
using Bitmask.Testing.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bitmask.Bonafide.Tests;

/// <summary>
/// A provider of one test: real TLS, real SRP, accounts in memory; its answers can be bent, and it remembers every request.
/// </summary>
internal sealed class ScriptedProvider : IAsyncDisposable
{
    public const string Domain = "red.test";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly TestAuthority _webRoot = TestAuthority.Create("web root");
    private readonly ConcurrentDictionary<string, (UserId Id, SignUpFields Fields)> _users = new();
    private readonly ConcurrentDictionary<string, (string Login, Func<string?, string?> Prove)> _handshakes = new();
    private readonly ConcurrentDictionary<string, byte[]> _devices = new();
    private WebApplication? _server;
    private ScriptedDns? _dns;

    public TestAuthority Ca { get; set; } = TestAuthority.Create("provider CA");

    /// <summary>Method, path and body of every request, in order.</summary>
    public ConcurrentQueue<(string Method, string Path, string Body)> Requests { get; } = new();

    public ConcurrentDictionary<string, byte> Tokens { get; } = new();

    public ConcurrentDictionary<string, string> Keys { get; } = new();

    /// <summary>Takes over an answer: given method and path, true when it answered.</summary>
    public Func<HttpContext, Task<bool>> Script { get; set; } = _ => Task.FromResult(false);

    public ProviderInfo Info { get; set; } = new()
    {
        Domain = Domain,
        ApiUri = "https://api.red.test:4430",
        CaCertUri = "https://red.test/ca.crt",
        CaCertFingerprint = "",
        Bitmask = new ProviderCapabilities { Security = ProviderCapabilities.RequiredSecurity, Performance = ["feed"] },
    };

    /// <summary>What /ca.crt gives; the CA's certificate when null.</summary>
    public string? CaFile { get; set; }

    public OutgoingHandlers Outgoing { get; private set; } = null!;

    public Func<ServerTrust, HttpMessageHandler> Handlers => Outgoing.For;

    public static async Task<ScriptedProvider> StartAsync()
    {
        var provider = new ScriptedProvider();
        await provider.ListenAsync();
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        Outgoing.Dispose();
        await _server!.DisposeAsync();
        _dns!.Dispose();
        _webRoot.Dispose();
        Ca.Dispose();
        _folder.Delete(recursive: true);
    }

    public void AddLeapUser(string login, string salt, string verifier)
        => _users[login] = (UserId.New(), new SignUpFields { Login = login, PasswordSalt = salt, PasswordVerifier = verifier });

    /// <summary>Answers one path with a fixed status and text.</summary>
    public void Answer(string method, string path, int status, string body)
        => Script = async context =>
        {
            if (context.Request.Method != method || context.Request.Path != path)
            {
                return false;
            }

            context.Response.StatusCode = status;
            await context.Response.WriteAsync(body);
            return true;
        };

    private async Task ListenAsync()
    {
        Info = Info with { CaCertFingerprint = CaFingerprint.Of(Ca.Certificate).ToString() };
        var webCertificate = _webRoot.IssueServer(Domain);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(
            https => https.ServerCertificateSelector = (_, name) => name == Domain ? webCertificate : Ca.IssueServer("api.red.test"))));
        _server = builder.Build();
        _server.Run(ServeAsync);
        await _server.StartAsync();

        var zone = new DnsZone();
        zone.AddProvider(Domain, IPAddress.Loopback);
        _dns = ScriptedDns.Start(zone);
        var root = Path.Combine(_folder.FullName, "root.pem");
        await File.WriteAllTextAsync(root, _webRoot.Pem);
        var port = new Uri(_server.Urls.First()).Port;
        Outgoing = new OutgoingHandlers(new OutgoingOptions
        {
            NameServer = _dns.EndPoint.ToString(),
            TrustedRoots = [root],
            PortMap = { ["443"] = port, ["4430"] = port },
        });
    }

    private async Task ServeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        var (method, path) = (context.Request.Method, context.Request.Path.Value!);
        Requests.Enqueue((method, path, body));
        if (await Script(context))
        {
            return;
        }

        var form = Form(body);
        var task = (method, path) switch
        {
            ("GET", "/provider.json") => WriteAsync(context, 200, Info.ToBytes()),
            ("GET", "/ca.crt") => WriteAsync(context, 200, Encoding.ASCII.GetBytes(CaFile ?? Ca.Pem)),
            ("GET", "/1/configs.json") => WriteAsync(context, 200, Services()),
            ("GET", "/1/configs/soledad-service.json") => WriteAsync(context, 200, Hosts("soledad.red.test", 2323)),
            ("GET", "/1/configs/smtp-service.json") => WriteAsync(context, 200, Hosts("mx.red.test", 465)),
            ("GET", "/1/sessions/params") => WriteAsync(context, 200, Params(context.Request.Query["login"].ToString())),
            ("POST", "/1/users") => SignUpAsync(context, form),
            ("POST", "/1/sessions") => StartLoginAsync(context, form),
            ("PUT", "/1/sessions/alice") => ProveAsync(context, form),
            ("POST", "/1/sessions/device") => DeviceLoginAsync(context, JsonSerializer.Deserialize(body, BonafideJson.Default.DeviceLogin)!),
            _ => WithTokenAsync(context, body, form),
        };
        await task;
    }

    private async Task WithTokenAsync(HttpContext context, string body, Dictionary<string, string> form)
    {
        var token = SessionToken.FromApiHeader(context.Request.Headers.Authorization);
        if (token is null || !Tokens.ContainsKey(token))
        {
            context.Response.StatusCode = 401;
            return;
        }

        switch (context.Request.Method, context.Request.Path.Value)
        {
            case ("DELETE", "/1/logout"):
                Tokens.TryRemove(token, out _);
                context.Response.StatusCode = 204;
                break;
            case ("PUT", { } path) when path.StartsWith("/1/users/", StringComparison.Ordinal):
                Keys[path["/1/users/".Length..]] = form["user[public_key]"];
                context.Response.StatusCode = 204;
                break;
            case ("POST", "/1/devices"):
                var device = JsonSerializer.Deserialize(body, BonafideJson.Default.DeviceRegistration)!;
                _devices[device.Device] = Base64Url.DecodeFromChars(device.PublicKey);
                context.Response.StatusCode = 204;
                break;
            case ("POST", "/1/smtp_cert"):
                using (var certificate = Ca.SignRequest(body))
                {
                    await WriteAsync(context, 200, Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
                }

                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }

    private Task SignUpAsync(HttpContext context, Dictionary<string, string> form)
    {
        var fields = SignUpFields.FromForm(name => form.GetValueOrDefault(name));
        var id = UserId.New();
        return _users.TryAdd(fields.Login!, (id, fields))
            ? WriteAsync(context, 201, JsonSerializer.SerializeToUtf8Bytes(new SignUpAnswer { Login = fields.Login!, Id = id.Value }, BonafideJson.Default.SignUpAnswer))
            : WriteAsync(context, 422, """{"errors":{"login":["has already been taken"]}}"""u8.ToArray());
    }

    private Task StartLoginAsync(HttpContext context, Dictionary<string, string> form)
    {
        if (!_users.TryGetValue(form["login"], out var user))
        {
            return WriteAsync(context, 422, """{"errors":{"base":"Not a valid username/password combination"}}"""u8.ToArray());
        }

        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var (salt, verifier, a) = (user.Fields.PasswordSalt!, user.Fields.PasswordVerifier!, form["A"]);
        LoginChallenge challenge;
        if (form.TryGetValue("srp_group", out var group))
        {
            var server = new SrpServer(SrpGroup.Find(group), form["login"], SrpHex.Decode(salt), SrpHex.Decode(verifier), SrpBinding.Of(Ca.Certificate));
            _handshakes[id] = (form["login"], m1 => server.Prove(SrpHex.Decode(a), SrpHex.Decode(m1)) is { } m2 ? SrpHex.Encode(m2) : null);
            challenge = new LoginChallenge { B = SrpHex.Encode(server.PublicEphemeral), Salt = salt, Handshake = id };
        }
        else
        {
            // LEAP's providers know the cookie only.
            var server = new LeapSrpServer(form["login"], salt, verifier);
            _handshakes[id] = (form["login"], m1 => server.Prove(a, m1));
            context.Response.Headers.SetCookie = $"_session_id={id}; path=/; secure; HttpOnly";
            challenge = new LoginChallenge { B = server.PublicEphemeral, Salt = salt };
        }

        return WriteAsync(context, 200, JsonSerializer.SerializeToUtf8Bytes(challenge, BonafideJson.Default.LoginChallenge));
    }

    private Task ProveAsync(HttpContext context, Dictionary<string, string> form)
    {
        var id = form.GetValueOrDefault("handshake") ?? context.Request.Cookies["_session_id"] ?? "";
        if (!_handshakes.TryRemove(id, out var handshake) || handshake.Prove(form["client_auth"]) is not { } m2)
        {
            return WriteAsync(context, 422, """{"errors":{"base":"Not a valid username/password combination"}}"""u8.ToArray());
        }

        var answer = new LoginAnswer { M2 = m2, Id = _users[handshake.Login].Id.Value, Token = NewToken() };
        return WriteAsync(context, 200, JsonSerializer.SerializeToUtf8Bytes(answer, BonafideJson.Default.LoginAnswer));
    }

    private Task DeviceLoginAsync(HttpContext context, DeviceLogin login)
    {
        if (login.Nonce is null)
        {
            var challenge = new DeviceChallenge { Nonce = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)) };
            return WriteAsync(context, 200, JsonSerializer.SerializeToUtf8Bytes(challenge, BonafideJson.Default.DeviceChallenge));
        }

        using var key = ECDsa.Create();
        if (!_devices.TryGetValue(login.Device, out var publicKey))
        {
            return WriteAsync(context, 401, "{}"u8.ToArray());
        }

        key.ImportSubjectPublicKeyInfo(publicKey, out _);
        var isGood = DeviceSignature.Verify(key, Domain, Base64Url.DecodeFromChars(login.Nonce), Base64Url.DecodeFromChars(login.Signature));
        return isGood
            ? WriteAsync(context, 200, JsonSerializer.SerializeToUtf8Bytes(new DeviceSession { Id = login.Uuid, Token = NewToken() }, BonafideJson.Default.DeviceSession))
            : WriteAsync(context, 401, "{}"u8.ToArray());
    }

    private byte[] Params(string login)
    {
        var fields = _users.TryGetValue(login, out var user) ? user.Fields : null;
        var parameters = new SessionParams
        {
            Profile = fields?.KdfProfile ?? KdfProfile.A1.Name,
            Salt = fields?.KdfSalt ?? Base64Url.EncodeToString(new byte[16]),
            Group = fields?.SrpGroup ?? SrpGroup.Rfc5054_3072.Name,
        };
        return JsonSerializer.SerializeToUtf8Bytes(parameters, BonafideJson.Default.SessionParams);
    }

    private string NewToken()
    {
        var token = SessionToken.New();
        Tokens[token] = 0;
        return token;
    }

    private static byte[] Services() => new ServiceList
    {
        Services = new Dictionary<string, string> { ["soledad"] = "/1/configs/soledad-service.json", ["smtp"] = "/1/configs/smtp-service.json" },
    }.ToBytes();

    private static byte[] Hosts(string name, int port)
        => new ServiceHosts { Hosts = new Dictionary<string, ServiceHost> { ["node"] = new() { Hostname = name, Port = port } } }.ToBytes();

    private static Dictionary<string, string> Form(string body)
        => Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(body).ToDictionary(p => p.Key, p => p.Value.ToString());

    private static async Task WriteAsync(HttpContext context, int status, byte[] body)
    {
        context.Response.StatusCode = status;
        await context.Response.Body.WriteAsync(body);
    }
}
