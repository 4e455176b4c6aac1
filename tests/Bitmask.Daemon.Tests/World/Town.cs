using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bitmask.Protocol.Soledad;
using Bitmask.Provider;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;
using Bitmask.Smtp.Client;
using Bitmask.Testing.Dns;
using Bitmask.Testing.Tls;

namespace Bitmask.Daemon.Tests.World;

/// <summary>A name server, a web authority, one real provider, and Mallory's proxy in front of its web doors. Shared by the tests of a collection.</summary>
public sealed class Town : IAsyncLifetime
{
    internal const string Domain = "red.test";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly List<IDisposable> _owned = [];
    private ScriptedDns _dns = null!;
    private ProviderHost _host = null!;
    private X509Certificate2 _web = null!;
    private X509Certificate2 _own = null!;
    private int _people;

    internal Proxy Proxy { get; private set; } = null!;

    internal ProviderStore Store => _host.Store;

    /// <summary>Settings that lead a daemon through the proxy; its own ports are still to be chosen.</summary>
    internal Bitmask.Daemon.Settings.DaemonSettings Settings { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        var zone = new DnsZone();
        zone.AddProvider(Domain, IPAddress.Loopback);
        _dns = Own(ScriptedDns.Start(zone));
        var webRoot = Own(TestAuthority.Create("Web Root"));
        _web = Own(webRoot.IssueServer(Domain));
        var rootPath = Path.Combine(_folder.FullName, "web-root.crt");
        await File.WriteAllTextAsync(rootPath, webRoot.Pem);
        var settings = new ProviderSettings
        {
            DataFolder = Path.Combine(_folder.FullName, "provider"),
            Domain = Domain,
            ListenAddress = "127.0.0.1",
            WebPort = 0,
            ApiPort = 0,
            SoledadPort = 0,
            NicknymPort = 0,
            MxPort = 0,
            SubmissionPort = 0,
            NameServer = _dns.EndPoint.ToString(),
        };
        ProviderInit.Run(settings, TimeProvider.System);
        _own = Own(IssueOwn(settings, settings.HostNames));
        _host = await ProviderHost.StartAsync(settings);
        Proxy = await Proxy.StartAsync(_host.Ports.Web, CertificateFor);
        Settings = new Bitmask.Daemon.Settings.DaemonSettings
        {
            NameServer = _dns.EndPoint.ToString(),
            TrustedRoots = [rootPath],
            PortMap = new Dictionary<string, int>
            {
                ["443"] = Proxy.Port,
                ["6425"] = Proxy.Port,
                [_host.Ports.Web.ToString(CultureInfo.InvariantCulture)] = Proxy.Port,
            },
            CoalesceMilliseconds = 20,
        };
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Proxy.DisposeAsync();
        await _host.DisposeAsync();
        _owned.ForEach(owned => owned.Dispose());
        _folder.Delete(recursive: true);
    }

    /// <summary>An address that nobody has yet.</summary>
    internal string NewAddress() => $"person{Interlocked.Increment(ref _people)}@{Domain}";

    internal User UserOf(string address) => Store.FindUserByLogin(address[..address.IndexOf('@', StringComparison.Ordinal)])!;

    /// <summary>The honest certificates: the web root's for the domain, the provider authority's for the rest.</summary>
    internal X509Certificate2 CertificateFor(string host) => host == Domain ? _web : _own;

    /// <summary>The web authority signs for whoever persuades it.</summary>
    internal X509Certificate2 WebCertificate => _web;

    /// <summary>Mail from outside, over SMTP, at the provider's exchanger.</summary>
    internal Task DeliverAsync(string to, string subject) => DeliverAsync(to, subject, "Content-Type: text/plain; charset=utf-8\r\n\r\nGrüße\r\n");

    /// <summary>Mail with a body of its own: the rest of its header, the empty line and what follows.</summary>
    internal async Task DeliverAsync(string to, string subject, string rest)
    {
        var endpoint = new SmtpEndpoint("mx." + Domain, _host.Ports.Mx, SmtpTlsMode.StartTlsRequired)
        {
            Address = IPAddress.Loopback,
            ValidateServer = static (_, certificate, _, _) => certificate is not null,
        };
        await using var client = await SmtpClient.ConnectAsync(endpoint, TimeProvider.System);
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var mail = Encoding.UTF8.GetBytes($"From: <walter@outside.test>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{id}@outside.test>\r\nMIME-Version: 1.0\r\n{rest}");
        Assert.All(await client.SendAsync(new SmtpEnvelope("walter@outside.test", [to]), mail), reply => Assert.Equal(250, reply.Code));
    }

    /// <summary>The provider writes a document of its own making into an account, past all its checks.</summary>
    internal Task PlantAsync(string address, string wireId, string rev, string? content)
    {
        var entry = new SyncEntry { Id = wireId, Rev = rev, Generation = Interlocked.Increment(ref _people), TransactionId = $"T-{Guid.NewGuid():n}", Content = content };
        var header = new SyncHeader { LastKnownGeneration = 0, LastKnownTransactionId = "", Ensure = false };
        return Store.UploadAsync(UserOf(address).Id, new SyncSource("evil" + Guid.NewGuid().ToString("n")), header, null, 0, [entry], CancellationToken.None);
    }

    /// <summary>The provider puts another key record in the place of an account's own.</summary>
    internal async Task ReplaceRecordAsync(string address, byte[] record)
    {
        var user = UserOf(address).Id;
        Assert.NotNull(await Store.PutKeyRecordAsync(user, Store.FindKeyRecord(user)!.Rev, record, CancellationToken.None));
    }

    private static X509Certificate2 IssueOwn(ProviderSettings settings, IReadOnlyList<string> names)
    {
        var folder = new DataFolder(settings.DataFolder);
        using var authority = CertificateAuthority.Load(folder.ServerCaCertificate, folder.ServerCaKey);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issued = authority.IssueServer(key, names, TimeProvider.System);
        return issued.CopyWithPrivateKey(key);
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}

[CollectionDefinition(Name)]
public sealed class TownTests : ICollectionFixture<Town>
{
    public const string Name = "town";

    /// <summary>Tests of a whole daemon with a whole provider: real key derivation, real logins. <c>make check</c> leaves them to <c>make test</c>.</summary>
    public const string Kind = "Kind";

    public const string WholeSystem = "system";
}
