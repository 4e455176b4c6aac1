using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Bitmask.Protocol.Outgoing;
using Bitmask.Provider.Setup;
using Bitmask.Provider.Store;
using Bitmask.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.World;

/// <summary>A provider running in this process on free ports of a loopback address, with real TLS, and a client for each of its doors.</summary>
internal sealed class TestProvider : IAsyncDisposable
{
    private readonly List<HttpClient> _clients = [];
    private readonly DirectoryInfo _folder;

    private TestProvider(DirectoryInfo folder, ProviderSettings settings, FakeTimeProvider clock)
    {
        _folder = folder;
        Settings = settings;
        Clock = clock;
    }

    public ProviderSettings Settings { get; private set; }

    public FakeTimeProvider Clock { get; }

    public ProviderHost Host { get; private set; } = null!;

    public ProviderStore Store => Host.Store;

    public string Domain => Settings.Domain;

    /// <summary>What the provider logged.</summary>
    public RecordedLogs Logs { get; } = new();

    public string FolderPath => _folder.FullName;

    public string DataPath => Settings.DataFolder;

    /// <summary>Client of api.DOMAIN, trusting the provider's authority.</summary>
    public HttpClient Api => field ??= Client($"https://{Settings.ApiHost}/");

    public HttpClient Soledad => field ??= Client($"https://{Settings.SoledadHost}/");

    public HttpClient Nicknym => field ??= Client($"https://{Settings.NicknymHost}/");

    public static async Task<TestProvider> StartAsync(string domain = "red.test", Func<ProviderSettings, ProviderSettings>? change = null, DatabaseOptions? database = null, FakeTimeProvider? clock = null)
    {
        var folder = Directory.CreateTempSubdirectory("bitmask-");
        var settings = new ProviderSettings
        {
            DataFolder = Path.Combine(folder.FullName, "data"),
            Domain = domain,
            ListenAddress = "127.0.0.1",
            WebPort = 0,
            ApiPort = 0,
            SoledadPort = 0,
            NicknymPort = 0,
            MxPort = 0,
            SubmissionPort = 0,
            RelayRetrySeconds = 1,
        };
        settings = change?.Invoke(settings) ?? settings;
        clock ??= new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var provider = new TestProvider(folder, settings, clock);
        ProviderInit.Run(settings, clock);
        await provider.StartHostAsync(database);
        return provider;
    }

    /// <summary>Ends the host and starts it again on the same data and ports.</summary>
    public async Task RestartAsync(DatabaseOptions? database = null)
    {
        await StopAsync();
        await StartHostAsync(database);
    }

    public async Task StopAsync()
    {
        await Host.DisposeAsync();
        var ports = Host.Ports;
        Settings = Settings with { WebPort = ports.Web, ApiPort = ports.Api, SoledadPort = ports.Soledad, NicknymPort = ports.Nicknym, MxPort = ports.Mx, SubmissionPort = ports.Submission };
    }

    public async Task StartHostAsync(DatabaseOptions? database = null)
        => Host = await ProviderHost.StartAsync(Settings, new ProviderHostOptions { Clock = Clock, Database = database, Logging = logging => logging.AddProvider(Logs) });

    /// <summary>Moves the clock, and has the queue look at it: a wait that was just being begun would else miss the jump.</summary>
    public void Advance(TimeSpan time)
    {
        Clock.Advance(time);
        Host.Relay.Wake();
    }

    /// <summary>The certificate of the provider's own authority, that clients pin.</summary>
    public X509Certificate2 Authority() => X509Certificate2.CreateFromPem(File.ReadAllText(new DataFolder(DataPath).ServerCaCertificate));

    /// <summary>A client for any of the provider's host names: same TLS rules as the real one, only the address is set.</summary>
    /// <param name="baseAddress">Host name and port by name.</param>
    /// <param name="port">Where it connects to instead of the provider itself: what stands in between.</param>
    /// <param name="between">Looks at the requests.</param>
    public HttpClient Client(string baseAddress, int? port = null, Func<HttpMessageHandler, HttpMessageHandler>? between = null)
    {
        var authority = Authority();
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = ServerTrust.PinnedCa(authority).ToCallback([]) },
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(Settings.ListenAddress, port ?? Host.Ports.Api, cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var client = new HttpClient(between?.Invoke(handler) ?? handler) { BaseAddress = new Uri(baseAddress) };
        _clients.Add(client);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await Host.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

/// <summary>Keeps every log line, so that a test can look for what must not be there.</summary>
internal sealed class RecordedLogs : ILoggerProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<(LogLevel Level, string Text)> _lines = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<(LogLevel Level, string Text)> Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    /// <summary>Waits until lines with a text have been logged so many times.</summary>
    public async Task WaitForAsync(string text, int times = 1)
    {
        while (true)
        {
            Task more;
            lock (_lines)
            {
                if (_lines.Count(line => line.Text.Contains(text, StringComparison.Ordinal)) >= times)
                {
                    return;
                }

                more = _more.Task;
            }

            await more.WaitAsync(Patience);
        }
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this);

    public void Dispose()
    {
    }

    private sealed class Logger(RecordedLogs logs) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (logs._lines)
            {
                logs._lines.Add((logLevel, formatter(state, exception) + exception));
                logs._more.SetResult();
                logs._more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }
}
