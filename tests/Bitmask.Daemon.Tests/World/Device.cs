using System.Net;
using System.Net.Sockets;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Settings;
using Bitmask.Protocol.Daemon;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bitmask.Daemon.Tests.World;

/// <summary>A real daemon in this process, with a home of its own, asked over its control socket.</summary>
internal sealed class Device : IAsyncDisposable
{
    public const string Passphrase = "correct horse battery staple";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-");
    private readonly ILoggerFactory _logs;

    private readonly TimeProvider _clock;

    private Device(DaemonSettings settings, ILoggerFactory logs, TimeProvider clock)
    {
        _clock = clock;
        var ports = FreePorts(3);
        Settings = settings with { ImapPort = ports[0], SmtpPort = ports[1], HttpPort = ports[2] };
        Paths = PathsIn(_folder.FullName);
        _logs = logs;
    }

    public DaemonSettings Settings { get; }

    public DaemonPaths Paths { get; }

    public BitmaskDaemon? Daemon { get; private set; }

    public DaemonClient Client { get; private set; } = null!;

    internal AccountRegistry Accounts => Daemon!.Accounts;

    public static async Task<Device> StartAsync(DaemonSettings settings, ILoggerFactory? logs = null, TimeProvider? clock = null, string? home = null)
    {
        var device = new Device(settings, logs ?? NullLoggerFactory.Instance, clock ?? TimeProvider.System);
        try
        {
            if (home is not null)
            {
                Copy(home, device._folder.FullName);
            }

            await device.StartAsync();
            return device;
        }
        catch
        {
            await device.DisposeAsync();
            throw;
        }
    }

    public static DaemonPaths PathsIn(string home) => DaemonPaths.FromEnvironment(name => name == DaemonPaths.HomeVariable ? home : null);

    /// <summary>The folder that everything is in; another device may start from a copy of it while this one is stopped.</summary>
    public string Home => _folder.FullName;

    /// <summary>Loopback ports that nobody listens on at this moment.</summary>
    public static int[] FreePorts(int count)
    {
        var sockets = Enumerable.Range(0, count).Select(_ => new Socket(SocketType.Stream, ProtocolType.Tcp)).ToList();
        try
        {
            sockets.ForEach(socket => socket.Bind(new IPEndPoint(IPAddress.Loopback, 0)));
            return [.. sockets.Select(socket => ((IPEndPoint)socket.LocalEndPoint!).Port)];
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    public async Task StartAsync()
    {
        Daemon = await BitmaskDaemon.StartAsync(Paths, Settings, _clock, _logs);
        Client = new DaemonClient(Paths.Socket, TimeSpan.FromMinutes(2));
    }

    /// <summary>Ends the daemon as SIGTERM does.</summary>
    public async Task StopAsync()
    {
        Client?.Dispose();
        if (Daemon is { } daemon)
        {
            Daemon = null;
            await daemon.DisposeAsync();
        }
    }

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public Task<UserAnswer> CreateAsync(string address) => Client.CreateUserAsync(new Credentials { Address = address, Passphrase = Passphrase });

    public Task<UserAnswer> AuthAsync(string address, string passphrase = Passphrase) => Client.AuthenticateAsync(new Credentials { Address = address, Passphrase = passphrase });

    /// <summary>Unlocks and waits until the provider was reached and a sync ended well, also on a machine that is slow today.</summary>
    public async Task GoOnlineAsync(string address, string passphrase = Passphrase)
    {
        await AuthAsync(address, passphrase);
        await UntilAsync(async () => (await StatusAsync(address)).LastSync is not null, "a sync");
    }

    /// <summary>The code that unlocking or adding an account ends with.</summary>
    public async Task<string> RefusalAsync(string address, string passphrase = Passphrase)
        => (await Assert.ThrowsAsync<DaemonClientException>(() => AuthAsync(address, passphrase))).Error.Code;

    public Task<LogoutAnswer> LogoutAsync(string address) => Client.LogoutAsync(address);

    public async Task<AccountStatus> StatusAsync(string address) => (await Client.StatusAsync()).Accounts.Single(account => account.Address == address);

    /// <summary>The names of what happened to an account since it was unlocked.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string address) => [.. (await StatusAsync(address)).Events.Select(happened => happened.Name)];

    /// <summary>Waits for what jobs do in the background.</summary>
    public static async Task UntilAsync(Func<Task<bool>> isSo, string what)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, $"Never came: {what}.");
            await Task.Delay(Pause, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Waits until so many mails are in INBOX and nothing is on its way any more.</summary>
    public Task InboxAsync(string address, int messages) => UntilAsync(
        async () => await Client.MailStatusAsync(address) is { Incoming.Count: 0 } status && status.Messages == messages, $"{messages} mails in INBOX");

    public Task EventAsync(string address, string name) => UntilAsync(async () => (await EventsAsync(address)).Contains(name), name);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Delete(recursive: true);
    }

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)), File.GetUnixFileMode(folder));
        }

        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }
}
