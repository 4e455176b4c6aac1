using Bitmask.Bonafide;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tokens;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Protocol.Outgoing;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>Making, adding, unlocking and locking accounts; one at a time.</summary>
internal sealed partial class UserAccess : IDisposable
{
    private readonly AccountRegistry _accounts;
    private readonly OutgoingHandlers _outgoing;
    private readonly TokenFiles _tokenFiles;
    private readonly DaemonSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILoggerFactory _logs;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _one = new(1, 1);

    public UserAccess(AccountRegistry accounts, DaemonPaths paths, DaemonSettings settings, TimeProvider clock, ILoggerFactory logs)
    {
        _accounts = accounts;
        _settings = settings;
        _clock = clock;
        _logs = logs;
        _logger = logs.CreateLogger<UserAccess>();
        _tokenFiles = new TokenFiles(paths, settings);
        _outgoing = new OutgoingHandlers(settings.ToOutgoing());

        // A daemon that was killed could not take its token files with it; every account is locked now.
        foreach (var file in accounts.Directory.List())
        {
            _tokenFiles.Remove(EmailAddress.Parse(file.Address));
        }
    }

    /// <summary>
    /// Until when another user's program sat on one of our ports and may have collected mail tokens: those made before are void at the next
    /// unlocking (security.md C5). Null when that was never so.
    /// </summary>
    public Func<DateTimeOffset?> DoorsWereForeignUntil { get; set; } = () => null;

    /// <summary>Makes an account: at the provider first, because only it can say whether the name is free; then here.</summary>
    public async Task<UserAnswer> CreateAsync(EmailAddress address, string passphrase, CancellationToken cancellationToken)
    {
        using var _ = await TakeAsync(cancellationToken);
        if (_accounts.Directory.Find(address) is not null)
        {
            throw new DaemonException("account-here", $"{address.Address} is on this device already.", $"Unlock it with: bitmaskctl user auth {address.Address}");
        }

        if (passphrase.Length == 0)
        {
            throw new DaemonException("no-passphrase", "The passphrase is empty; nothing was done.", "Choose one that nobody guesses.");
        }

        var pin = await new ProviderBootstrap(_outgoing.For).MeetAsync(address.Domain, cancellationToken: cancellationToken);
        using var client = new BonafideClient(pin, _outgoing.For);
        using var signedUp = await client.SignUpAsync(address.LocalPart.ToLowerInvariant(), passphrase, cancellationToken: cancellationToken);

        // From here on the account exists; what is made next must be on disk before the provider hears of it.
        await AccountBirth.MakeAsync(_accounts.Directory, address, signedUp, pin, _clock, cancellationToken);
        var login = await client.LogInAsync(address.LocalPart.ToLowerInvariant(), signedUp.Master, cancellationToken);
        return await OpenAsync(_accounts.Directory.Find(address)!, signedUp.Master, login, cancellationToken);
    }

    /// <summary>Unlocks an account of this device, also without a network; or adds an account that exists at its provider.</summary>
    public async Task<UserAnswer> AuthenticateAsync(EmailAddress address, string passphrase, CancellationToken cancellationToken)
    {
        using var _ = await TakeAsync(cancellationToken);
        if (_accounts.Directory.Find(address) is { } known)
        {
            var keys = DeviceKeys.Load(_accounts.Directory.DeviceKeys(UserId.Parse(known.Uuid)));
            using var master = await Task.Run(() => keys.Derive(passphrase), cancellationToken);
            if (_accounts.Find(address) is { } open)
            {
                keys.Open(master).Dispose();
                return open.Answer(online: open.IsOnline);
            }

            return await OpenAsync(known, master, session: null, cancellationToken);
        }

        var pin = await new ProviderBootstrap(_outgoing.For).MeetAsync(address.Domain, cancellationToken: cancellationToken);
        using var client = new BonafideClient(pin, _outgoing.For);
        using var login = await client.LogInAsync(address.LocalPart.ToLowerInvariant(), passphrase, cancellationToken);
        await AccountBirth.AddAsync(_accounts.Directory, address, login, pin, client, _outgoing, _clock, cancellationToken);
        return await OpenAsync(_accounts.Directory.Find(address)!, login.Master, login.Session, cancellationToken);
    }

    /// <summary>Locks; answers whether it was unlocked.</summary>
    public async Task<bool> LockAsync(EmailAddress address)
    {
        using var _ = await TakeAsync(CancellationToken.None);
        try
        {
            return await _accounts.LockAsync(address);
        }
        finally
        {
            _tokenFiles.Remove(address);
        }
    }

    /// <summary>Locks all that are unlocked: the daemon ends.</summary>
    public async Task LockAllAsync()
    {
        foreach (var address in _accounts.OpenSessions.Select(session => session.Address).ToList())
        {
            await LockAsync(address);
        }
    }

    public void Dispose()
    {
        _outgoing.Dispose();
        _one.Dispose();
    }

    private async Task<UserAnswer> OpenAsync(AccountFile file, Protocol.Keys.MasterKey master, Session? session, CancellationToken cancellationToken)
    {
        var account = await Task.Run(() => AccountSession.Open(file, _accounts.Directory, master, _outgoing, _settings, _clock, _logs), cancellationToken);
        try
        {
            if (DoorsWereForeignUntil() is { } moment)
            {
                await account.Tokens.InvalidateAsync(moment, cancellationToken);
            }

            var online = await account.StartAsync(session, master, cancellationToken);
            if (_tokenFiles.Write(account.Address, await account.Tokens.GetOrCreateAsync(ClientTokens.DefaultClient, cancellationToken)) is { } fault)
            {
                LogNoLegacyToken(fault);
            }

            // Last: what is in the registry is never disposed by anybody but the lock.
            _accounts.Add(account);
            return account.Answer(online);
        }
        catch
        {
            _tokenFiles.Remove(account.Address);
            await account.DisposeAsync();
            throw;
        }
    }

    private async Task<IDisposable> TakeAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        return new Turn(_one);
    }

    [LoggerMessage(5201, LogLevel.Warning, "The legacy token file was not written: {Reason}")]
    private partial void LogNoLegacyToken(string reason);

    private sealed class Turn(SemaphoreSlim one) : IDisposable
    {
        public void Dispose() => one.Release();
    }
}
