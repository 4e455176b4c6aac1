using System.Net;
using System.Net.Sockets;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Outgoing;
using Bitmask.Provider.Blobs;
using Bitmask.Provider.Blobs.Leap;
using Bitmask.Provider.KeyDirectory;
using Bitmask.Provider.Mx;
using Bitmask.Provider.Relay;
using Bitmask.Provider.Setup;
using Bitmask.Provider.SoledadServer;
using Bitmask.Provider.Store;
using Bitmask.Provider.WebApi;
using Bitmask.Smtp.Server;
using Bitmask.Sqlite;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bitmask.Provider;

/// <summary>What tests put in place of the real thing.</summary>
internal sealed record ProviderHostOptions
{
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    public DatabaseOptions? Database { get; init; }

    public Action<ILoggingBuilder>? Logging { get; init; }
}

/// <summary>
/// One running provider: every room of it, wired. Its table of contents: settings and keys, store, key directory, mail in (Mx), mail out
/// (Relay), the web doors, the listeners.
/// </summary>
internal sealed class ProviderHost : IAsyncDisposable
{
    /// <summary>Most connections of one listener, mail or web; further ones are closed at once.</summary>
    private const int MaxConnections = 10_000;

    private static readonly TimeSpan Housekeeping = TimeSpan.FromMinutes(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IDisposable> _owned = [];
    private readonly ProviderSettings _settings;
    private readonly TimeProvider _clock;
    private WebApplication? _app;
    private Task _background = Task.CompletedTask;
    private int _disposed;

    private ProviderHost(ProviderSettings settings, TimeProvider clock)
    {
        _settings = settings;
        _clock = clock;
    }

    public ProviderPorts Ports { get; } = new();

    /// <summary>Every route there is; for tests of what must hold for all of them.</summary>
    public IReadOnlyList<RouteEndpoint> Routes => [.. _app!.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    public ProviderStore Store { get; private set; } = null!;

    public BlobFolder Blobs { get; private set; } = null!;

    public RelayWorker Relay { get; private set; } = null!;

    /// <summary>Starts; answers when every door is open.</summary>
    /// <exception cref="ProviderException">It can not start; the message says what to do.</exception>
    public static async Task<ProviderHost> StartAsync(ProviderSettings settings, ProviderHostOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ProviderHostOptions();
        var host = new ProviderHost(settings, options.Clock);
        try
        {
            await host.StartAsync(options, cancellationToken);
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        await _stopping.CancelAsync();
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        await _background;
        Enumerable.Reverse(_owned).ToList().ForEach(owned => owned.Dispose());
        _stopping.Dispose();
    }

    private async Task StartAsync(ProviderHostOptions options, CancellationToken cancellationToken)
    {
        var folder = new DataFolder(_settings.DataFolder);
        var authority = Own(CertificateAuthority.Load(folder.ServerCaCertificate, folder.ServerCaKey));
        var clientAuthority = Own(CertificateAuthority.Load(folder.ClientCaCertificate, folder.ClientCaKey));
        var certificates = Own(new ServerCertificates(_settings, _clock));
        var keys = new QueueKeys(_settings.QueueKeysFolder);
        Store = Own(ProviderStore.Open(folder.Database, _clock, options.Database));
        Blobs = new BlobFolder(folder.Blobs);

        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.SetMinimumLevel(Enum.Parse<LogLevel>(_settings.LogLevel)).AddFilter("Microsoft", LogLevel.Warning);
        (options.Logging ?? (static _ => { }))(builder.Logging);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>>(new WideBlocks());
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(3));

        var listeners = new List<(ListenOptions Listener, Action<int> Bound)>();
        var doors = new Doors();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => Listen(kestrel, certificates, doors, listeners));
        _app = builder.Build();
        var logs = _app.Services.GetRequiredService<ILoggerFactory>();

        var outgoing = _settings.ToOutgoing();
        var resolver = new NameResolver(outgoing);
        var repeats = new RepeatHash(keys.RepeatKey);
        var delivery = new LocalDelivery(_settings, Store, _clock);
        Relay = new RelayWorker(
            _settings, Store, keys, new RelayRoute(_settings, resolver, _clock), delivery, repeats,
            new RetrySchedule(TimeSpan.FromSeconds(_settings.RelayRetrySeconds), Random.Shared.NextDouble), _clock, logs.CreateLogger<RelayWorker>());
        doors.Mx = new SmtpConnectionHandler(
            certificates.MxOptions(), new MxSink(_settings, delivery, repeats, _clock, logs.CreateLogger<MxSink>()), _clock, logs.CreateLogger<SmtpConnectionHandler>());
        doors.Submission = new SmtpConnectionHandler(
            certificates.SubmissionOptions(),
            new SubmissionSink(_settings, Store, delivery, keys, repeats, Relay, _clock, logs.CreateLogger<SubmissionSink>()),
            _clock, logs.CreateLogger<SmtpConnectionHandler>());

        MapWeb(_app, authority, clientAuthority, new DataFolder(_settings.DataFolder), Own(new RemoteDirectory(outgoing, resolver, _clock)));
        await BindAsync(listeners, cancellationToken);
        _background = Task.WhenAll(Relay.RunAsync(_stopping.Token), KeepHouseAsync(keys, certificates, logs.CreateLogger<ProviderHost>()));
    }

    private void MapWeb(WebApplication app, CertificateAuthority authority, CertificateAuthority clientAuthority, DataFolder folder, RemoteDirectory remote)
    {
        app.Use(ApiPaths.NormalizeAsync);
        app.UseRouting();
        app.Use(LastResort.RunAsync);
        var handshakes = new Handshakes(_clock);
        new DiscoveryEndpoints(_settings, Store, authority, Ports, _clock).Map(app);
        var fakes = new FakeLogins(File.ReadAllBytes(folder.FakeSaltKey));
        new UserEndpoints(_settings, Store, Blobs, fakes, _clock).Map(app);
        new SessionEndpoints(Store, handshakes, fakes, new LoginDelays(_clock), new SourceLimit(_clock, burst: 600, perSecond: 10), SrpBinding.Of(authority.Certificate)).Map(app);
        new DeviceEndpoints(_settings, Store, new Handshakes(_clock)).Map(app); // its own: a nonce costs nothing to ask for, a login does
        new CertificateEndpoints(_settings, Store, clientAuthority, _clock).Map(app);
        new KeyDirectoryEndpoints(_settings, Store, remote, _clock).Map(app);
        new SyncEndpoints(Store, _settings.DocumentRoom, _settings.QuotaOctets).Map(app);
        new DocumentEndpoints(Store).Map(app);
        new SharedEndpoints(Store).Map(app);
        new KeyRecordEndpoints(Store).Map(app);
        new IncomingEndpoints(Store).Map(app);
        var uploads = new BlobUploads(Store, Blobs, (key, octets) => Store.UsedOctets(key.Account) + octets <= _settings.QuotaOctets);
        new BlobEndpoints(Store, Blobs, uploads).Map(app);
        new BlobBatchEndpoint(Store, Blobs, uploads).Map(app);
        new StreamEndpoint(Store, Blobs, uploads).Map(app);
        Own(new FeedEndpoint(Store, _clock, _stopping.Token)).Map(app);
        app.MapFallback(context => ApiPaths.IsSoledad(context.Request.Path)
            ? SoledadRequest.RefuseAsync(context, Store)
            : ApiRequest.RunAsync(context, static _ => throw ApiException.NotFound));
    }

    private void Listen(KestrelServerOptions kestrel, ServerCertificates certificates, Doors doors, List<(ListenOptions, Action<int>)> listeners)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MaxConnections;
        kestrel.Limits.MaxRequestBodySize = 1024 * 1024;
        var address = IPAddress.Parse(_settings.ListenAddress);
        foreach (var port in _settings.HttpPorts())
        {
            kestrel.Listen(address, port, listener =>
            {
                listener.UseHttps(certificates.ForWeb());
                listeners.Add((listener, bound => SetWebPorts(port, bound)));
            });
        }

        kestrel.Listen(address, _settings.MxPort, listener =>
        {
            ((IConnectionBuilder)listener).Run(connection => doors.Mx!.OnConnectedAsync(connection));
            listeners.Add((listener, bound => Ports.Mx = bound));
        });
        kestrel.Listen(address, _settings.SubmissionPort, listener =>
        {
            ((IConnectionBuilder)listener).Run(connection => doors.Submission!.OnConnectedAsync(connection));
            listeners.Add((listener, bound => Ports.Submission = bound));
        });
    }

    private void SetWebPorts(int configured, int bound)
    {
        Ports.Web = _settings.WebPort == configured ? bound : Ports.Web;
        Ports.Api = _settings.ApiPort == configured ? bound : Ports.Api;
        Ports.Soledad = _settings.SoledadPort == configured ? bound : Ports.Soledad;
        Ports.Nicknym = _settings.NicknymPort == configured ? bound : Ports.Nicknym;
    }

    private async Task BindAsync(List<(ListenOptions Listener, Action<int> Bound)> listeners, CancellationToken cancellationToken)
    {
        try
        {
            await _app!.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            throw new ProviderException($"{e.Message.TrimEnd('.')}. Stop the program that listens there, or choose another port in settings.json.", e);
        }
        catch (SocketException e)
        {
            throw new ProviderException(
                $"A port of {_settings.ListenAddress} can not be opened: {e.Message}. Ports below 1024 need the right to bind them (CAP_NET_BIND_SERVICE), and the address must be this machine's.", e);
        }

        foreach (var (listener, bound) in listeners)
        {
            bound(listener.IPEndPoint!.Port);
        }
    }

    private async Task KeepHouseAsync(QueueKeys keys, ServerCertificates certificates, ILogger logger)
    {
        var blobs = new BlobKeeping(Store, Blobs, _clock);
        using var timer = new PeriodicTimer(Housekeeping, _clock);
        try
        {
            do
            {
                try
                {
                    await Store.CleanAsync(_stopping.Token);
                    await Store.PurgeDeletedAsync(_stopping.Token);
                    await Store.CompactAsync(_stopping.Token);
                    await blobs.CleanAsync(_stopping.Token);
                    keys.DropUnused([.. Store.QueueKeyDays()], _clock.GetUtcNow().ToUnixTimeSeconds() / 86400);
                    certificates.Renew();
                }
                catch (Exception e) when (e is IOException or ProviderException)
                {
                    HostLog.HousekeepingFailed(logger, e.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token));
        }
        catch (OperationCanceledException)
        {
            // We stop.
        }
    }

    private T Own<T>(T owned)
        where T : IDisposable
    {
        _owned.Add(owned);
        return owned;
    }

    /// <summary>The two SMTP doors; they are hung in after the host is built, which makes their loggers.</summary>
    private sealed class Doors
    {
        public SmtpConnectionHandler? Mx { get; set; }

        public SmtpConnectionHandler? Submission { get; set; }
    }

    /// <summary>Signals are the program's affair, not the host's: tests run several hosts in one process.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

internal static partial class HostLog
{
    [LoggerMessage(5001, LogLevel.Information, "{Domain} is served on {Address}: web {Web}, api {Api}, soledad {Soledad}, nicknym {Nicknym}, mx {Mx}, submission {Submission}")]
    public static partial void Serving(ILogger logger, string domain, string address, int web, int api, int soledad, int nicknym, int mx, int submission);

    [LoggerMessage(5002, LogLevel.Error, "Housekeeping failed and will be tried again: {Reason}")]
    public static partial void HousekeepingFailed(ILogger logger, string reason);

    [LoggerMessage(5003, LogLevel.Error, "A request failed: {Method} {Route}")]
    public static partial void RequestFailed(ILogger logger, string method, string route, Exception exception);

    [LoggerMessage(5004, LogLevel.Information, "Stopped")]
    public static partial void Stopped(ILogger logger);
}
