using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Bitmask.Protocol.Daemon;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;

namespace Bitmask.Daemon.Doors;

/// <summary>
/// One listener with a Kestrel of its own, so that a port in use closes one door and not the daemon. A door that could not be opened
/// tries again until it can.
/// </summary>
internal sealed partial class Door : IAsyncDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly IPEndPoint? _endPoint;
    private readonly string _address;
    private readonly Func<WebApplication> _build;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _closing = new();
    private WebApplication? _app;
    private Task _retrying = Task.CompletedTask;
    private string? _error;
    private bool _isForeign;
    private DateTimeOffset? _foreignUntil;

    private Door(string name, IPEndPoint? endPoint, string address, Func<WebApplication> build, TimeProvider clock, ILogger logger)
    {
        _name = name;
        _endPoint = endPoint;
        _address = address;
        _build = build;
        _clock = clock;
        _logger = logger;
    }

    public DoorStatus Status => new(_name, _error is null ? "listening" : "failed", _address, _error);

    /// <summary>
    /// Until when another user's program was seen where ours should be: it may have collected passwords (security.md C5). Null when never; now, when it
    /// is there still.
    /// </summary>
    public DateTimeOffset? ForeignUntil => _isForeign ? _clock.GetUtcNow() : _foreignUntil;

    public static Door OnPort(string name, IPAddress address, int port, Action<ListenOptions> listen, TimeProvider clock, ILoggerFactory logs, Action<WebApplication>? map = null)
    {
        var endPoint = new IPEndPoint(address, port);
        return new Door(name, endPoint, endPoint.ToString(), () => Build(server => server.Listen(endPoint, listen), logs, map), clock, logs.CreateLogger<Door>());
    }

    public static Door OnSocket(string name, string path, Action<ListenOptions> listen, TimeProvider clock, ILoggerFactory logs, Action<WebApplication> map)
        => new(name, null, path, () => Build(server => server.ListenUnixSocket(path, listen), logs, map), clock, logs.CreateLogger<Door>());

    public async Task OpenAsync()
    {
        if (!await TryOpenAsync())
        {
            LogNotOpen(_name, _error ?? "");
            _retrying = KeepTryingAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _retrying;
        if (_app is { } app)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5), _clock);
            await app.StopAsync(patience.Token);
            await app.DisposeAsync();
        }

        _closing.Dispose();
    }

    private static WebApplication Build(Action<KestrelServerOptions> listen, ILoggerFactory logs, Action<WebApplication>? map)
    {
        // Empty: no file of the folder we happen to be started in, and no variable, may open another listener to this app.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = 1024 * 1024;
            listen(server);
        });
        builder.Services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true); // so that ApiErrors can word it
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
            // A resolver in a chain follows these options, not its own.
            json.SerializerOptions.RespectNullableAnnotations = true;
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, DaemonApiJson.Default);
        });
        var app = builder.Build();
        map?.Invoke(app);
        return app;
    }

    private async Task<bool> TryOpenAsync()
    {
        var app = _build();
        try
        {
            await app.StartAsync(CancellationToken.None);
            _foreignUntil = ForeignUntil;
            (_app, _error, _isForeign) = (app, null, false);
            return true;
        }
        catch (IOException inUse) when (inUse.InnerException is AddressInUseException)
        {
            await app.DisposeAsync();
            _foreignUntil = ForeignUntil;
            var holder = _endPoint is null ? null : PortHolder.UserOf(_endPoint);
            _isForeign = holder is { } user && user != Primitives.UnixProcess.EffectiveUserId;
            _error = _isForeign
                ? $"The port is held by a program of another user (id {holder}). Mail programs must not send their password there; the tokens of accounts unlocked now are made anew."
                : $"The port is in use. Free it, or choose another {_name}_port in bitmaskd.json and restart.";
            return false;
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            // No right to this port, no such address on this machine.
            await app.DisposeAsync();
            _error = $"It can not be opened: {refused.Message.TrimEnd('.')}. Choose another {_name}_port or listen_address in bitmaskd.json and restart.";
            return false;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    private async Task KeepTryingAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            await Task.Delay(Retry, _clock, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_closing.IsCancellationRequested && await TryOpenAsync())
            {
                LogOpen(_name);
                return;
            }
        }
    }

    /// <summary>Signals are the program's affair: one daemon has several of these.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    [LoggerMessage(5001, LogLevel.Warning, "Door {Door} is not open: {Reason}")]
    private partial void LogNotOpen(string door, string reason);

    [LoggerMessage(5002, LogLevel.Information, "Door {Door} is open now")]
    private partial void LogOpen(string door);
}
