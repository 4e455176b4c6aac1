using System.Net;
using Bitmask.Protocol.Outgoing;
using Bitmask.Testing.Dns;

namespace Bitmask.Protocol.Tests.Outgoing;

public sealed class NameResolverTests : IDisposable
{
    private readonly ScriptedDns _dns;
    private readonly NameResolver _resolver;

    public NameResolverTests()
    {
        var zone = new DnsZone { Failing = { "broken.test" } };
        zone.AddProvider("red.test", IPAddress.Parse("127.0.0.11"));
        zone.Addresses["plain.test"] = "127.0.0.12";
        zone.MailExchangers["many.test"] = ["b.many.test", "a.many.test"];
        zone.MailExchangers["silent.test"] = [""];
        _dns = ScriptedDns.Start(zone);
        _resolver = new NameResolver(new OutgoingOptions { NameServer = _dns.EndPoint.ToString() });
    }

    public void Dispose() => _dns.Dispose();

    [Fact]
    public async Task Resolve_KnownUnknownAndFailing_AreThreeAnswers()
    {
        var found = Assert.IsType<NameAnswer<IPAddress>.Found>(await _resolver.ResolveAsync("api.red.test"));
        Assert.Equal([IPAddress.Parse("127.0.0.11")], found.Values);
        Assert.IsType<NameAnswer<IPAddress>.None>(await _resolver.ResolveAsync("nowhere.test"));
        Assert.IsType<NameAnswer<IPAddress>.Failed>(await _resolver.ResolveAsync("broken.test"));
    }

    [Fact]
    public async Task Resolve_LiteralAndLocalhost_AskNobody()
    {
        // Port 1 answers nothing.
        var deaf = new NameResolver(new OutgoingOptions { NameServer = "127.0.0.1:1" });
        Assert.Equal([IPAddress.Parse("192.0.2.7")], Assert.IsType<NameAnswer<IPAddress>.Found>(await deaf.ResolveAsync("192.0.2.7")).Values);
        Assert.Contains(IPAddress.Loopback, Assert.IsType<NameAnswer<IPAddress>.Found>(await deaf.ResolveAsync("LocalHost")).Values);
    }

    [Fact]
    public async Task Mx_Domains_AreOrderedOrFallBackOrRefuse()
    {
        Assert.Equal(["b.many.test", "a.many.test"], Assert.IsType<NameAnswer<string>.Found>(await _resolver.MxAsync("many.test")).Values);
        Assert.Equal(["plain.test"], Assert.IsType<NameAnswer<string>.Found>(await _resolver.MxAsync("plain.test")).Values);
        Assert.IsType<NameAnswer<string>.None>(await _resolver.MxAsync("silent.test"));
        Assert.IsType<NameAnswer<string>.None>(await _resolver.MxAsync("nowhere.test"));
        Assert.IsType<NameAnswer<string>.Failed>(await _resolver.MxAsync("broken.test"));
    }

    [Fact]
    public void MapPort_ExactEntry_Wins()
    {
        var options = new OutgoingOptions { PortMap = { ["443"] = 8443, ["red.test:443"] = 9443 } };
        Assert.Equal((9443, 8443, 25), (options.MapPort("red.test", 443), options.MapPort("blue.test", 443), options.MapPort("red.test", 25)));
    }

    [Fact]
    public void Faults_BadSettings_AreAllReported()
    {
        var options = new OutgoingOptions { NameServer = "ns.test", Proxy = "ftp://x", PortMap = { ["25"] = 0 }, TrustedRoots = ["/nonexistent/root.pem"] };
        Assert.Equal(4, options.Faults().Count);
        Assert.Empty(new OutgoingOptions { NameServer = "127.0.0.1:53", Proxy = "socks5://127.0.0.1:9050" }.Faults());
    }
}
