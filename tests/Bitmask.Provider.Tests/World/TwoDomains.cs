using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Testing.Dns;

namespace Bitmask.Provider.Tests.World;

/// <summary>The smallest world: a name server, a web authority, and two providers that find each other through them.</summary>
internal sealed class TwoDomains : IAsyncDisposable
{
    private readonly DirectoryInfo _folder;

    private TwoDomains(DirectoryInfo folder, ScriptedDns dns, TestProvider blue, TestProvider red)
    {
        _folder = folder;
        Dns = dns;
        Blue = blue;
        Red = red;
    }

    public ScriptedDns Dns { get; }

    public TestProvider Red { get; }

    public TestProvider Blue { get; }

    /// <summary>Red relays to blue and asks its directory; blue just serves.</summary>
    public static async Task<TwoDomains> StartAsync()
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        var zone = new DnsZone();
        zone.AddProvider("blue.test", IPAddress.Loopback);
        zone.AddProvider("red.test", IPAddress.Loopback);
        var dns = ScriptedDns.Start(zone);
        var (certificate, key, root) = WebCertificate(folder.FullName, "blue.test");
        var blue = await TestProvider.StartAsync("blue.test", settings => settings with { NameServer = dns.EndPoint.ToString(), WebCertificate = certificate, WebCertificateKey = key });
        var red = await TestProvider.StartAsync(
            "red.test",
            settings => settings with
            {
                NameServer = dns.EndPoint.ToString(),
                RelayPort = blue.Host.Ports.Mx,
                TrustedRoots = [root],
                PortMap = new Dictionary<string, int> { ["443"] = blue.Host.Ports.Web, ["6425"] = blue.Host.Ports.Nicknym },
            },
            clock: blue.Clock);
        return new TwoDomains(folder, dns, blue, red);
    }

    public async ValueTask DisposeAsync()
    {
        await Red.DisposeAsync();
        await Blue.DisposeAsync();
        Dns.Dispose();
        _folder.Delete(recursive: true);
    }

    private static (string Certificate, string Key, string Root) WebCertificate(string folder, string domain)
    {
        var now = TimeProvider.System.GetUtcNow();
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootRequest = new CertificateRequest("CN=test web root", rootKey, HashAlgorithmName.SHA256);
        rootRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var root = rootRequest.CreateSelfSigned(now.AddDays(-1), now.AddYears(20));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + domain, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(domain);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(root, now.AddDays(-1), now.AddYears(19), [1, 2, 3]);
        string Write(string name, string pem)
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, pem + "\n");
            return path;
        }

        return (Write("web.crt", certificate.ExportCertificatePem()), Write("web.key", key.ExportPkcs8PrivateKeyPem()), Write("root.crt", root.ExportCertificatePem()));
    }
}
