using System.Globalization;
using System.Net;
using System.Text;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Api;
using Bitmask.Daemon.Doors;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tokens;
using Bitmask.Imap;
using Bitmask.Mail.Pipelines;
using Bitmask.Protocol.Daemon;
using Bitmask.Smtp.Server;
using Bitmask.Sqlite;

namespace Bitmask.Daemon;

/// <summary>
/// The daemon as a table of contents: the accounts, the control socket, and the doors for programs. Nothing waits for anything else:
/// a door that can not open says so and tries again, an account is locked until its owner unlocks it.
/// </summary>
internal sealed class BitmaskDaemon : IAsyncDisposable
{
    private readonly TaskCompletionSource _stopping = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FileStream _instance;
    private readonly DaemonPaths _paths;
    private readonly AccountRegistry _accounts;
    private readonly List<Door> _doors = [];
    private UserAccess? _users;

    private BitmaskDaemon(FileStream instance, DaemonPaths paths, AccountRegistry accounts)
    {
        _instance = instance;
        _paths = paths;
        _accounts = accounts;
    }

    /// <summary>Completes when the daemon was asked to end.</summary>
    public Task Stopping => _stopping.Task;

    /// <exception cref="DaemonException">Another daemon runs, or the folders can not be used.</exception>
    public static async Task<BitmaskDaemon> StartAsync(DaemonPaths paths, DaemonSettings settings, TimeProvider clock, ILoggerFactory logs)
    {
        var instance = SingleInstance.Take(paths);
        var accounts = new AccountRegistry(new AccountDirectory(paths));
        var daemon = new BitmaskDaemon(instance, paths, accounts);
        try
        {
            await daemon.OpenDoorsAsync(settings, clock, logs);
        }
        catch
        {
            await daemon.DisposeAsync();
            throw;
        }

        return daemon;
    }

    /// <summary>For tests: the commands without a socket.</summary>
    internal UserAccess Users => _users!;

    internal AccountRegistry Accounts => _accounts;

    public void Stop() => _stopping.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        // Doors first: no program gets half an answer from an account that is being locked.
        foreach (var door in _doors)
        {
            await door.DisposeAsync();
        }

        if (_users is { } users)
        {
            await users.LockAllAsync();
            users.Dispose();
        }

        File.Delete(_paths.Socket);
        File.Delete(_paths.AuthToken);
        File.Delete(_paths.PidFile);
        await _instance.DisposeAsync();
    }

    private async Task OpenDoorsAsync(DaemonSettings settings, TimeProvider clock, ILoggerFactory logs)
    {
        var users = _users = new UserAccess(_accounts, _paths, settings, clock, logs);
        var api = new DaemonApi(_accounts, users, () => _doors, Stop);
        var address = IPAddress.Parse(settings.ListenAddress);
        var authToken = AuthToken.Write(_paths.AuthToken);
        var certificate = new DoorCertificate(_paths.Tls, clock);
        if (settings.ImapTls != ImapTls.None)
        {
            certificate.Options(); // now, so that programs can be shown it before they connect
        }

        var imap = new ImapConnectionHandler(
            new ImapDoor(_accounts),
            new ImapOptions { MaxMessageOctets = settings.MaxMessageBytes, Tls = settings.ImapTls, TlsOptions = certificate.Options },
            clock,
            logs.CreateLogger<ImapConnectionHandler>());
        var smtp = new SmtpConnectionHandler(
            new SmtpServerOptions
            {
                GreetingHost = "bitmask.local",
                MaxMessageOctets = settings.MaxMessageBytes,
                Authentication = SmtpAuthentication.Password,
                Tls = settings.SmtpTls,
                TlsOptions = certificate.Options,
            },
            new SubmissionDoor(SmtpLogin.JudgedBy(_accounts), address => _accounts.Find(address)?.Outgoing),
            clock,
            logs.CreateLogger<SmtpConnectionHandler>());

        _doors.Add(Door.OnPort("imap", address, settings.ImapPort, listen => listen.Run(imap), clock, logs));
        _doors.Add(Door.OnPort("smtp", address, settings.SmtpPort, listen => listen.Run(smtp), clock, logs));
        _doors.Add(Door.OnPort("http", address, settings.HttpPort, _ => { }, clock, logs, app => HttpDoor.Map(app, api, authToken, new IPEndPoint(address, settings.HttpPort))));
        foreach (var door in _doors)
        {
            await door.OpenAsync();
        }

        users.DoorsWereForeignUntil = () => _doors.Max(door => door.ForeignUntil);

        // Last: who can reach the control socket may count on all the rest.
        var control = ControlSocket.Create(_paths.Socket, api, clock, logs);
        _doors.Add(control);
        await control.OpenAsync();
        DurableFile.WriteAllBytes(_paths.PidFile, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
    }
}
