using Bitmask.Bonafide;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tokens;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Outgoing;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>Making, adding, recovering, unlocking and locking accounts; of each account one at a time.</summary>
internal sealed partial class UserAccess : IDisposable
{
    private readonly AccountRegistry _accounts;
    private readonly OutgoingHandlers _outgoing;
    private readonly TokenFiles _tokenFiles;
    private readonly DaemonSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILoggerFactory _logs;
    private readonly ILogger _logger;
    private readonly AccountTurns _turns = new();

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

    /// <summary>Told after each step of making an account; a test ends the work there, as a kill would.</summary>
    public Action<string> Reached { get; set; } = _ => { };

    /// <summary>
    /// Makes an account. What is intended is on the disk first, then the provider is asked, because only it can say whether the name is free, then the keys are
    /// made. After a kill at any moment the same command goes on where it was.
    /// </summary>
    public async Task<UserAnswer> CreateAsync(EmailAddress address, string passphrase, CancellationToken cancellationToken)
    {
        using var turn = await TakeAsync(address, cancellationToken);
        cancellationToken = turn.Token;
        if (_accounts.Directory.Find(address) is not null)
        {
            throw new DaemonException("account-here", $"{address.Address} is on this device already.", $"Unlock it with: bitmaskctl user auth {address.Address}");
        }

        RequirePassphrase(passphrase);
        var pin = await new ProviderBootstrap(_outgoing.For).MeetAsync(address.Domain, cancellationToken: cancellationToken);
        ProviderBootstrap.RequireSealed(pin);
        using var client = new BonafideClient(pin, _outgoing.For);
        var begun = _accounts.Directory.FindIntent(address);
        var salt = begun ?? KdfProfile.NewSalt();
        _accounts.Directory.AddIntent(address, salt);
        Reached("intent written");
        using var master = await Task.Run(() => MasterKey.Derive(passphrase, salt, KdfProfile.A1), cancellationToken);
        try
        {
            using var signedUp = new SignedUp(await client.SignUpAsync(LoginOf(address), master, cancellationToken: cancellationToken), master);
            Reached("signed up");
            await AccountBirth.MakeAsync(_accounts.Directory, address, signedUp, pin, _clock, cancellationToken);
            Reached("made");
            var session = await client.LogInAsync(LoginOf(address), master, cancellationToken);
            return await OpenKnownAsync(address, passphrase, session, cancellationToken);
        }
        catch (BonafideException taken) when (taken.Code == BonafideErrors.AccountExists && begun is not null)
        {
            return await FinishAsync(address, passphrase, pin, client, taken, cancellationToken);
        }
        catch (BonafideException refused) when (!refused.IsTransient && begun is null)
        {
            _accounts.Directory.RemoveIntent(address);
            throw;
        }
    }

    /// <summary>Unlocks an account of this device, also without a network; or adds an account that exists at its provider.</summary>
    public async Task<UserAnswer> AuthenticateAsync(EmailAddress address, string passphrase, CancellationToken cancellationToken)
    {
        using var turn = await TakeAsync(address, cancellationToken);
        cancellationToken = turn.Token;
        if (_accounts.Directory.Find(address) is { } known)
        {
            return _accounts.Find(address) is { } open
                ? await ReauthenticateAsync(open, known, passphrase, cancellationToken)
                : await OpenKnownAsync(address, passphrase, session: null, cancellationToken);
        }

        var pin = await new ProviderBootstrap(_outgoing.For).MeetAsync(address.Domain, cancellationToken: cancellationToken);
        using var client = new BonafideClient(pin, _outgoing.For);
        using var login = await client.LogInAsync(LoginOf(address), passphrase, cancellationToken);
        return await AddAsync(address, passphrase, login, pin, client, cancellationToken);
    }

    /// <summary>Gets at an account without its passphrase, on a machine that does not have it: the recovery code logs in, and a new passphrase is set (security.md B7).</summary>
    public async Task<UserAnswer> RecoverAsync(EmailAddress address, string codeText, string passphrase, string? caSha256, CancellationToken cancellationToken)
    {
        using var turn = await TakeAsync(address, cancellationToken);
        cancellationToken = turn.Token;
        if (_accounts.Directory.Find(address) is not null)
        {
            throw new DaemonException(
                "account-here", $"{address.Address} is on this device already, and only its passphrase opens it here.", "Move the account's folder away first; its mail is at the provider, too.");
        }

        RequirePassphrase(passphrase);
        using var code = RecoveryAccess.Read(codeText);
        var pin = await new ProviderBootstrap(_outgoing.For).MeetAsync(address.Domain, caSha256, cancellationToken);
        using var client = new BonafideClient(pin, _outgoing.For);
        using var recovery = await RecoveryAccess.OpenAsync(address, code, pin, client, _outgoing, cancellationToken);
        Reached("kit logged in");
        using var login = await recovery.SetPassphraseAsync(passphrase, Reached, cancellationToken);
        return await AddAsync(address, passphrase, login, pin, client, cancellationToken);
    }

    /// <summary>Whether a recovery code opens the account, without changing anything. Answers the serial of the keys it opens.</summary>
    public async Task<KitTest> TestKitAsync(EmailAddress address, string codeText, string? caSha256, CancellationToken cancellationToken)
    {
        using var code = RecoveryAccess.Read(codeText);
        var pin = await new ProviderBootstrap(_outgoing.For).MeetAsync(address.Domain, caSha256, cancellationToken);
        using var client = new BonafideClient(pin, _outgoing.For);
        using var recovery = await RecoveryAccess.OpenAsync(address, code, pin, client, _outgoing, cancellationToken);
        await recovery.LogOutAsync(cancellationToken);
        return new KitTest(address.Address, recovery.Keyset.Serial, recovery.Keyset.OwnKeyFingerprint);
    }

    /// <summary>Something that changes what an account is opened with, alone.</summary>
    public async Task<T> ChangeAsync<T>(EmailAddress address, Func<AccountChanges, CancellationToken, Task<T>> change, CancellationToken cancellationToken)
    {
        using var turn = await TakeAsync(address, cancellationToken);
        var session = _accounts.Find(address) ?? throw new DaemonException("locked", $"{address.Address} is locked.", $"Unlock it with: bitmaskctl user auth {address.Address}");
        return await change(session.Changes, turn.Token);
    }

    public Task<PassphraseChanged> ChangePassphraseAsync(EmailAddress address, string current, string next, bool withNewKeys, CancellationToken cancellationToken)
    {
        RequirePassphrase(next);
        return ChangeAsync(
            address,
            async (changes, token) =>
            {
                await changes.ChangePassphraseAsync(current, next, token);
                if (withNewKeys)
                {
                    await changes.RenewRootAsync(next, token);
                }

                return new PassphraseChanged(address.Address, withNewKeys);
            },
            cancellationToken);
    }

    /// <summary>Locks at once: what is being done to this account is ended, not waited for. Answers whether it was unlocked.</summary>
    public async Task<bool> LockAsync(EmailAddress address)
    {
        using var turn = await _turns.TakeAsync(address.Canonical, endsOthers: true, CancellationToken.None);
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
    }

    private static string LoginOf(EmailAddress address) => address.LocalPart.ToLowerInvariant();

    private static void RequirePassphrase(string passphrase)
    {
        if (passphrase.Length == 0)
        {
            throw new DaemonException("no-passphrase", "The passphrase is empty; nothing was done.", "Choose one that nobody guesses.");
        }
    }

    /// <summary>The name is taken, and a sign-up of ours was begun: it is ours when this passphrase logs in.</summary>
    private async Task<UserAnswer> FinishAsync(EmailAddress address, string passphrase, ProviderPin pin, BonafideClient client, BonafideException taken, CancellationToken cancellationToken)
    {
        SealedLogin login;
        try
        {
            login = await client.LogInAsync(LoginOf(address), passphrase, cancellationToken);
        }
        catch (BonafideException foreign) when (foreign.Code == BonafideErrors.BadCredentials)
        {
            throw new BonafideException(taken.Code, taken.Message, "If making this account was interrupted before, use the passphrase it was begun with.", foreign);
        }

        using (login)
        {
            return await AddAsync(address, passphrase, login, pin, client, cancellationToken);
        }
    }

    private async Task<UserAnswer> AddAsync(EmailAddress address, string passphrase, SealedLogin login, ProviderPin pin, BonafideClient client, CancellationToken cancellationToken)
    {
        try
        {
            await AccountBirth.AddAsync(_accounts.Directory, address, login, pin, client, _outgoing, _clock, cancellationToken);
        }
        catch (SoledadException missing) when (missing.Code == SoledadCodes.KeysMissing && _accounts.Directory.FindIntent(address) is { } salt && login.Master.Salt.Span.SequenceEqual(salt))
        {
            // Our own sign-up, of which nobody can have made keys yet: the salt is the one this device wrote down before it asked for the name.
            await AccountBirth.MakeAsync(_accounts.Directory, address, new SignedUp(login.Session.User, login.Master), pin, _clock, cancellationToken);
        }

        return await OpenKnownAsync(address, passphrase, login.Session, cancellationToken);
    }

    private async Task<UserAnswer> ReauthenticateAsync(AccountSession open, AccountFile known, string passphrase, CancellationToken cancellationToken)
    {
        using (var secret = await UnlockSecret.TryOpenAsync(DeviceKeys.Load(_accounts.Directory.DeviceKeys(UserId.Parse(known.Uuid))), passphrase, cancellationToken))
        {
            if (secret is null)
            {
                await open.Changes.AdoptPassphraseAsync(passphrase, cancellationToken);
            }
        }

        if (open.IsOnline)
        {
            await open.GoOnAsync(passphrase, cancellationToken);
        }

        return open.Answer(open.IsOnline);
    }

    private async Task<UserAnswer> OpenKnownAsync(EmailAddress address, string passphrase, Session? session, CancellationToken cancellationToken)
    {
        var file = _accounts.Directory.Find(address)!;
        _accounts.Directory.RemoveIntent(address); // it is fulfilled
        var secret = await UnlockSecret.TryOpenAsync(DeviceKeys.Load(_accounts.Directory.DeviceKeys(UserId.Parse(file.Uuid))), passphrase, cancellationToken)
            ?? throw new WrongPassphraseException("Wrong passphrase.");
        AccountSession account;
        try
        {
            account = await Task.Run(() => AccountSession.Open(file, _accounts.Directory, secret.DatabaseKey, _outgoing, _settings, _clock, _logs), cancellationToken);
        }
        catch
        {
            secret.Dispose();
            throw;
        }

        try
        {
            if (DoorsWereForeignUntil() is { } moment)
            {
                await account.Tokens.InvalidateAsync(moment, cancellationToken);
            }

            var online = await account.StartAsync(session, secret, cancellationToken);
            if (_tokenFiles.Write(account.Address, await account.Tokens.GetOrCreateAsync(ClientTokens.DefaultClient, cancellationToken)) is { } fault)
            {
                LogNoLegacyToken(fault);
            }

            // Last: what is in the registry is never disposed by anybody but the lock.
            cancellationToken.ThrowIfCancellationRequested();
            _accounts.Add(account);
            return account.Answer(online);
        }
        catch
        {
            secret.Dispose();
            _tokenFiles.Remove(account.Address);
            await account.DisposeAsync();
            throw;
        }
    }

    private Task<AccountTurns.Turn> TakeAsync(EmailAddress address, CancellationToken cancellationToken) => _turns.TakeAsync(address.Canonical, endsOthers: false, cancellationToken);

    [LoggerMessage(5201, LogLevel.Warning, "The legacy token file was not written: {Reason}")]
    private partial void LogNoLegacyToken(string reason);
}
