using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Primitives;
using Bitmask.Protocol.Outgoing;
using Bitmask.Provider;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;
using Microsoft.Extensions.Logging;

namespace Bitmask.Benchmarks.Measured;

/// <summary>A provider in this process, with TLS, and one sealed account: its work counts as ours.</summary>
internal sealed class LocalProvider : IAsyncDisposable
{
    private readonly DirectoryInfo? _folder;
    private readonly ProviderHost _host;

    private LocalProvider(DirectoryInfo? folder, ProviderHost host, HttpClient http, UserId user, string token) => (_folder, _host, Http, User, TokenText) = (folder, host, http, user, token);

    public HttpClient Http { get; }

    public UserId User { get; }

    private string TokenText { get; }

    /// <summary>Starts one; in a folder that is the caller's to remove, or in one of its own.</summary>
    public static async Task<LocalProvider> StartAsync(DirectoryInfo? given = null)
    {
        var folder = given ?? Directory.CreateTempSubdirectory("bitmask-bench-");
        var settings = new ProviderSettings
        {
            DataFolder = Path.Combine(folder.FullName, "data"),
            Domain = "red.test",
            ListenAddress = "127.0.0.1",
            WebPort = 0,
            ApiPort = 0,
            SoledadPort = 0,
            NicknymPort = 0,
            MxPort = 0,
            SubmissionPort = 0,
        };
        ProviderInit.Run(settings, TimeProvider.System);
        var host = await ProviderHost.StartAsync(settings, new ProviderHostOptions { Logging = static logging => logging.SetMinimumLevel(LogLevel.Error) });
        var user = UserId.Parse(Guid.NewGuid().ToString("n"));
        await host.Store.CreateUserAsync(new User(user, "alice", AccountMode.Sealed, "00", "00", null, null, null, Enabled: true, PublicKey: null), null, CancellationToken.None);
        var token = await host.Store.CreateTokenAsync(user, CancellationToken.None);
        var authority = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(new DataFolder(settings.DataFolder).ServerCaCertificate));
        var http = new HttpClient(new SocketsHttpHandler
        {
            UseCookies = false,
            MaxConnectionsPerServer = 10,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = ServerTrust.PinnedCa(authority).ToCallback([]) },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(settings.ListenAddress, host.Ports.Soledad, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        })
        {
            BaseAddress = new Uri($"https://{settings.SoledadHost}/"),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        return new LocalProvider(given is null ? folder : null, host, http, user, token);
    }

    public Task<string> Token(CancellationToken cancellationToken) => Task.FromResult(TokenText);

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _host.DisposeAsync();
        _folder?.Delete(recursive: true);
    }
}
