using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Bitmask.Keys.Discovery;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;
using Bitmask.Protocol.Outgoing;
using Bitmask.Testing.Dns;
using Bitmask.Testing.Tls;

namespace Bitmask.Keys.Tests;

/// <summary>The three answers of a web key directory over real name look-ups, real TLS and real HTTP on loopback, through the one handler of all that goes out.</summary>
public sealed class WkdOverHttpsTests : IAsyncDisposable
{
    private const int PortWhereNobodyListens = 1;

    private readonly TestAuthority _authority = TestAuthority.Create("Root of the tests");
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly ScriptedDns _dns;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpMessageHandler _handler;
    private readonly HttpClient _http;
    private readonly Task _serving;
    private readonly OpenPgpCertificate _bob;

    public WkdOverHttpsTests()
    {
        using var key = OpenPgpSecretKey.Generate(Desk.BobAddress, TimeProvider.System.GetUtcNow());
        _bob = key.Certificate;
        var roots = Path.Combine(_folder.FullName, "roots.pem");
        File.WriteAllText(roots, _authority.Pem);
        var zone = new DnsZone();
        foreach (var name in (string[])["blue.test", "openpgpkey.own.test", "wrong.test", "refused.test", "broken.test"])
        {
            zone.Addresses[name] = "127.0.0.1";
        }

        zone.Failing.Add("openpgpkey.broken.test");
        _dns = ScriptedDns.Start(zone);
        _listener.Start();
        var options = new OutgoingOptions
        {
            NameServer = _dns.EndPoint.ToString(),
            TrustedRoots = [roots],
            PortMap = new Dictionary<string, int> { ["443"] = ((IPEndPoint)_listener.LocalEndpoint).Port, ["refused.test:443"] = PortWhereNobodyListens },
        };
        _handler = OutgoingHttp.Create(options, new NameResolver(options), ServerTrust.SystemAndRoots);
        _http = OutgoingHttp.CreateClient(options, _handler);
        _serving = ServeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _http.Dispose();
        _handler.Dispose();
        _listener.Dispose();
        _dns.Dispose();
        _authority.Dispose();
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task AskAsync_PublishedByTheDomain_Found()
        => Assert.Equal(_bob.Fingerprint, Assert.IsType<DirectoryAnswer.Certificate>(await AskAsync("bob@blue.test")).Value.Fingerprint);

    [Theory]
    [InlineData("nobody@blue.test", "the server says 404")]
    [InlineData("bob@own.test", "the advanced host is there and has none, so that the direct one is not asked")]
    [InlineData("bob@refused.test", "nobody listens")]
    [InlineData("bob@nowhere.test", "there is no such name")]
    public async Task AskAsync_NoneThere_None(string address, string why)
        => Assert.True(await AskAsync(address) is DirectoryAnswer.None, why);

    [Theory]
    [InlineData("bob@wrong.test", "the certificate is another's")]
    [InlineData("bob@broken.test", "the name server fails")]
    public async Task AskAsync_CouldNotLook_Failed(string address, string why)
        => Assert.True(await AskAsync(address) is DirectoryAnswer.Failed { IsTransient: true }, why);

    private Task<DirectoryAnswer> AskAsync(string address)
        => new WkdClient(new KeyFetch(_http, TimeSpan.FromMinutes(2), TimeProvider.System), TimeProvider.System, isNameHidden: false).AskAsync(EmailAddress.Parse(address), TestContext.Current.CancellationToken);

    private async Task ServeAsync()
    {
        using var certificate = _authority.IssueServer("blue.test", "openpgpkey.own.test");
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                try
                {
                    await using var tls = new SslStream(client.GetStream());
                    await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, _stop.Token);
                    await AnswerAsync(tls);
                }
                catch (Exception e) when (e is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // A client that does not like the certificate goes away.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(SslStream tls)
    {
        using var reader = new StreamReader(tls, Encoding.ASCII, leaveOpen: true);
        var request = await reader.ReadLineAsync(_stop.Token) ?? "";
        while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 })
        {
        }

        var isThere = request.StartsWith($"GET {WebKeyDirectory.Direct(Desk.BobAddress).PathAndQuery} ", StringComparison.Ordinal);
        var body = isThere ? _bob.ToBinary() : [];
        await tls.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {(isThere ? "200 OK" : "404 Not Found")}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"), _stop.Token);
        await tls.WriteAsync(body, _stop.Token);
        await tls.FlushAsync(_stop.Token);
    }
}
