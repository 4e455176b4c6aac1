using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Bitmask.Primitives;
using Bitmask.Provider;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;
using Bitmask.Soledad;

namespace Bitmask.Benchmarks.Measured;

/// <summary>A real provider in a process of its own, so that memory and processor time of the measured side are its own; and Alice's account there.</summary>
internal sealed class ChildProvider : IAsyncDisposable
{
    public const string Command = "provider";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-bench-");
    private readonly Process _process;
    private int _port;
    private string _token = "";
    private long _received;

    private ChildProvider()
        => _process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [Command, _folder.FullName]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    public static UserId Alice { get; } = UserId.Parse("a11ce000000000000000000000000000");

    public Uri Soledad { get; } = new("https://soledad.red.test/");

    /// <summary>Octets that came from the provider over all connections, TLS and framing included.</summary>
    public long Received => Interlocked.Read(ref _received);

    public static async Task<ChildProvider> StartAsync()
    {
        var provider = new ChildProvider();
        var line = await provider._process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The provider did not start.");
        var words = line.Split(' ');
        (provider._port, provider._token) = (int.Parse(words[0], CultureInfo.InvariantCulture), words[1]);
        return provider;
    }

    /// <summary>The other process: serves until its input ends.</summary>
    public static async Task ServeAsync(string folder)
    {
        var settings = new ProviderSettings
        {
            DataFolder = Path.Combine(folder, "data"),
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
        await using var host = await ProviderHost.StartAsync(settings);
        await host.Store.CreateUserAsync(new User(Alice, "alice", AccountMode.Sealed, "a", "b", null, null, null, true, null), null, default);
        var token = await host.Store.CreateTokenAsync(Alice, default);
        await Console.Out.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{host.Ports.Soledad} {token}"));
        await Console.In.ReadToEndAsync();
    }

    public Task<string> TokenAsync(CancellationToken cancellationToken) => Task.FromResult(_token);

    /// <summary>A client with connections of its own. Whom it speaks to is not what is measured.</summary>
    public HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null },
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, _port, cancellationToken);
            return new CountedStream(new NetworkStream(socket, ownsSocket: true), count => Interlocked.Add(ref _received, count));
        },
    }) { Timeout = Timeout.InfiniteTimeSpan };

    public SyncClient CreateSync(SoledadStore store, Keyset keyset, HttpClient http)
        => new(store, new SealedCodec(keyset, Alice, store.DeviceId), http, Soledad, Alice, TokenAsync, TimeProvider.System, new SyncOptions { HasDocumentsQuery = true });

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Delete(recursive: true);
    }
}
