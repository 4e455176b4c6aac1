using System.Net;
using Bitmask.Protocol.Outgoing;
using Bitmask.Testing.Dns;
using Bitmask.Testing.Tls;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bitmask.Protocol.Tests.Outgoing;

/// <summary>Against a real TLS server on loopback: who is trusted, and where a connection goes.</summary>
public sealed class OutgoingHttpTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly TestAuthority _ca = TestAuthority.Create("test CA");
    private readonly TestAuthority _other = TestAuthority.Create("other CA");
    private WebApplication? _server;
    private ScriptedDns? _dns;
    private OutgoingOptions _options = new();

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(_ca.IssueServer("red.test"))));
        _server = builder.Build();
        _server.MapGet("/", (HttpContext context) => context.Request.Host.ToString());
        _server.MapGet("/away", () => Results.Redirect("https://red.test/"));
        await _server.StartAsync();

        var zone = new DnsZone { Addresses = { ["red.test"] = "127.0.0.1", ["blue.test"] = "127.0.0.1" }, Failing = { "broken.test" } };
        _dns = ScriptedDns.Start(zone);
        _options = new OutgoingOptions { NameServer = _dns.EndPoint.ToString(), PortMap = { ["443"] = new Uri(_server.Urls.First()).Port } };
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _dns!.Dispose();
        _ca.Dispose();
        _other.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Pinned_RightCaAndName_Answers()
        => Assert.Equal("red.test", await GetAsync(ServerTrust.PinnedCa(_ca.Certificate), "https://red.test/"));

    [Theory]
    [InlineData("https://blue.test/")]
    [InlineData("https://127.0.0.1/")]
    public async Task Pinned_OtherName_IsRefused(string uri)
    {
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(ServerTrust.PinnedCa(_ca.Certificate), uri));
        Assert.Equal(HttpRequestError.SecureConnectionError, failure.HttpRequestError);
    }

    [Fact]
    public async Task Pinned_OtherCa_IsRefused()
        => await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(ServerTrust.PinnedCa(_other.Certificate), "https://red.test/"));

    [Fact]
    public async Task SystemAndRoots_RootInSettings_DecidesAlone()
    {
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(ServerTrust.SystemAndRoots, "https://red.test/"));
        var file = Path.Combine(_folder.FullName, "root.pem");
        await File.WriteAllTextAsync(file, _ca.Pem);
        _options.TrustedRoots = [file];
        Assert.Equal("red.test", await GetAsync(ServerTrust.SystemAndRoots, "https://red.test/"));

        // The roots of the settings say nothing about a pinned CA.
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(ServerTrust.PinnedCa(_other.Certificate), "https://red.test/"));
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        using var handlers = new OutgoingHandlers(_options);
        using var http = handlers.CreateClient(ServerTrust.PinnedCa(_ca.Certificate));
        using var answer = await http.GetAsync("https://red.test/away");
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
    }

    [Fact]
    public async Task PlainHttp_NeverGoesOut()
        => await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(ServerTrust.SystemAndRoots, "http://red.test/"));

    [Theory]
    [InlineData("https://nowhere.test/", "does not exist")]
    [InlineData("https://broken.test/", "could not be resolved")]
    public async Task UnresolvedName_IsNamed(string uri, string text)
    {
        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(ServerTrust.SystemAndRoots, uri));
        Assert.Contains(text, failure.Message, StringComparison.Ordinal);
    }

    private async Task<string> GetAsync(ServerTrust trust, string uri)
    {
        using var handlers = new OutgoingHandlers(_options);
        using var http = handlers.CreateClient(trust);
        return await http.GetStringAsync(uri);
    }
}
