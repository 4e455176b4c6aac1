using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Bitmask.Protocol.Daemon;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

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

    /// <summary>Another user's program sits where ours should: it may have collected passwords (security.md C5).</summary>
    public bool IsHeldByAnotherUser { get; private set; }

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
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSingleton(logs);
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = 1024 * 1024;
            listen(server);
        });
        builder.Services.ConfigureHttpJsonOptions(json =>
        {
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
            (_app, _error, IsHeldByAnotherUser) = (app, null, false);
            return true;
        }
        catch (Exception refused) when (refused is IOException or SocketException)
        {
            await app.DisposeAsync();
            if (refused is not IOException { InnerException: AddressInUseException })
            {
                (_error, IsHeldByAnotherUser) = ($"It can not be opened: {refused.Message}. Choose another {_name}_port in bitmaskd.json and restart.", false);
                return false;
            }

            var holder = _endPoint is null ? null : PortHolder.UserOf(_endPoint.Port);
            IsHeldByAnotherUser = holder is { } user && user != Primitives.UnixProcess.EffectiveUserId;
            _error = IsHeldByAnotherUser
                ? $"The port is held by a program of another user (id {holder}). Mail programs must not send their password there; the tokens of accounts unlocked now are made anew."
                : $"The port is in use. Free it, or choose another {_name}_port in bitmaskd.json and restart.";
            return false;
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

    [LoggerMessage(5001, LogLevel.Warning, "Door {Door} is not open: {Reason}")]
    private partial void LogNotOpen(string door, string reason);

    [LoggerMessage(5002, LogLevel.Information, "Door {Door} is open now")]
    private partial void LogOpen(string door);
}
