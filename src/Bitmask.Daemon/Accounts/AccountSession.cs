using Bitmask.Bonafide;
using Bitmask.Daemon.Jobs;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tokens;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Mail.Pipelines;
using Bitmask.Primitives;
using Bitmask.Protocol.Outgoing;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Accounts;

/// <summary>
/// One unlocked account: owns its open database and every secret. Disposing it is locking it: jobs stop, mail programs are told
/// goodbye, keys are wiped, files close (security.md A6).
/// </summary>
internal sealed partial class AccountSession : IAsyncDisposable
{
    /// <summary>How long unlocking waits for the provider.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly SoledadStore _store;
    private readonly BlobStore _blobs;
    private readonly KeyManager _keys;
    private readonly DeviceCertificateKey _deviceKey;
    private readonly ProviderLink _link;
    private readonly HttpClient _http;
    private readonly HttpClient _keyDirectory;
    private readonly HttpClient _web;
    private readonly AccountEvents _events;
    private readonly DaemonSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILoggerFactory _logs;
    private readonly CancellationTokenSource _locking = new();
    private readonly ProviderSetup _setup;
    private readonly ProviderCheck _check;
    private readonly SecretBytes _databaseKey;
    private readonly AccountKeyring _keyring;
    private readonly SealedCodec _codec;
    private ProviderJobs? _jobs;
    private volatile bool _keysAreBehind;
    private bool _isSetUp;
    private string _trouble = "The provider has not been reached yet.";
    private Task _running = Task.CompletedTask;
    private Task _outgoing = Task.CompletedTask;
    private Task _indexing = Task.CompletedTask;
    private Task _catchingUp = Task.CompletedTask;

    private AccountSession(
        AccountFile file, string deviceKeys, SecretBytes databaseKey, SoledadStore store, BlobStore blobs, MailProjection projection, Keyset keyset, DeviceCertificateKey deviceKey,
        OutgoingHandlers outgoing, DaemonSettings settings, TimeProvider clock, ILoggerFactory logs)
    {
        (_store, _blobs, _databaseKey, _deviceKey, _settings, _clock, _logs) = (store, blobs, databaseKey.Clone(), deviceKey, settings, clock, logs);
        (Address, User, Mode) = (EmailAddress.Parse(file.Address), UserId.Parse(file.Uuid), file.Mode);
        _events = new AccountEvents(clock);
        _link = ProviderLink.Open(store, deviceKey, User, file.Domain, outgoing);
        (_http, _keyDirectory) = (_link.CreateClient(), outgoing.CreateClient(ServerTrust.PinnedCa(_link.Pin.Ca)));
        _web = outgoing.CreateClient(ServerTrust.SystemAndRoots);
        _keyring = new AccountKeyring(store, User, keyset);
        _codec = new SealedCodec(keyset, User, store.DeviceId);
        store.KeepDigest(keyset.DigestKey);
        _keyring.Changed += _codec.Use;
        _codec.UnknownEpoch += _ => _keysAreBehind = true;
        _keys = new KeyManager(store, _keyDirectory, KeyOptions(), clock, _web);
        Mail = new MailAccount(store, projection, new MailAccountOptions { Address = Address, DigestKey = keyset.DigestKey, Blobs = blobs, Clock = clock });
        Tokens = new ClientTokens(store.Database, clock);
        Outgoing = new OutgoingPipeline(
            store, Mail, _keys, RelaysAsync, clock, logs.CreateLogger<OutgoingPipeline>(), settings.ToSending());
        Outgoing.CertificateRefused += () => _isCertificateRefused = true;
        _setup = new ProviderSetup(store, _link, deviceKey, _keys, _http, clock);
        _check = new ProviderCheck(_link, _events);
        Changes = new AccountChanges(store, _link, _keyring, _http, Address, deviceKeys, _databaseKey, _events, clock);
    }

    public EmailAddress Address { get; }

    public UserId User { get; }

    public string Mode { get; }

    public MailAccount Mail { get; }

    public ClientTokens Tokens { get; }

    public OutgoingPipeline Outgoing { get; }

    /// <summary>Changes of what the account is opened with.</summary>
    public AccountChanges Changes { get; }

    /// <summary>Cancelled before anything is closed.</summary>
    public CancellationToken Locking => _locking.Token;

    /// <summary>The provider has been reached since unlocking.</summary>
    public bool IsOnline => _jobs?.LastSync is not null;

    /// <summary>Number of the document keys that new writes use.</summary>
    public uint NewestEpoch => _keyring.Current.NewestEpoch.Number;

    /// <summary>Opens the account's files. Needs no network.</summary>
    public static AccountSession Open(
        AccountFile file, AccountDirectory directory, SecretBytes databaseKey, OutgoingHandlers outgoing, DaemonSettings settings, TimeProvider clock, ILoggerFactory logs)
    {
        var user = UserId.Parse(file.Uuid);
        SalvageSwap.FinishPending(directory.FolderOf(user));
        var (store, projection) = AccountStore.Open(directory.Database(user), databaseKey, clock);
        Keyset? keyset = null;
        DeviceCertificateKey? deviceKey = null;
        BlobStore? blobs = null;
        try
        {
            blobs = BlobStore.Open(directory.Blobs(user), databaseKey, new BlobStoreOptions { MaxCacheOctets = settings.AttachmentCacheBytes, Clock = clock });
            keyset = AccountKeys.Open(store, user);
            deviceKey = DeviceCertificateKey.LoadOrCreateAsync(store).GetAwaiter().GetResult();
            return new AccountSession(file, directory.DeviceKeys(user), databaseKey, store, blobs, projection, keyset, deviceKey, outgoing, settings, clock, logs);
        }
        catch
        {
            blobs?.Dispose();
            deviceKey?.Dispose();
            keyset?.Dispose();
            store.Dispose();
            throw;
        }
    }

    /// <summary>Starts the jobs. Answers whether the provider could be reached; when not, the jobs go on trying.</summary>
    /// <param name="session">A session that was just opened, or null.</param>
    /// <param name="secret">What was typed; owned from now on.</param>
    /// <param name="cancellationToken">Ends the wait, not the jobs.</param>
    public async Task<bool> StartAsync(Session? session, UnlockSecret secret, CancellationToken cancellationToken)
    {
        _outgoing = Task.Run(() => RunUntilLockedAsync("outgoing", Outgoing.RunAsync), CancellationToken.None);
        _indexing = Task.Run(() => RunUntilLockedAsync("index", Mail.Index.RunAsync), CancellationToken.None);
        var reached = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        _running = Task.Run(
            async () =>
            {
                await RunUntilLockedAsync("provider", token => OnlineAsync(session, secret, reached, token));
                reached.TrySetResult(false);
            },
            CancellationToken.None);
        try
        {
            // The mail that is here can be read at once; the jobs go on trying.
            return await (session is null ? reached.Task.WaitAsync(Patience, _clock, cancellationToken) : reached.Task.WaitAsync(cancellationToken));
        }
        catch (TimeoutException)
        {
            _events.Add("unavailable", "The provider has not answered yet; the account is unlocked without it.");
            return false;
        }
    }

    /// <summary>Its owner has typed a passphrase while the account is open: what waits for one goes on.</summary>
    public async Task GoOnAsync(string? passphrase, CancellationToken cancellationToken)
    {
        using var locking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, Locking);
        try
        {
            await RefreshKeysAsync(passphrase, locking.Token);
        }
        catch (Exception failure) when (!locking.IsCancellationRequested)
        {
            Tell(failure);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _locking.CancelAsync();
        await Task.WhenAll(_running, _outgoing, _indexing, _catchingUp);
        if (_jobs is { } jobs)
        {
            await jobs.DisposeAsync();
        }

        Outgoing.Dispose();
        Mail.Dispose();
        _keys.Dispose();
        _link.Dispose();
        _http.Dispose();
        _keyDirectory.Dispose();
        _web.Dispose();
        _deviceKey.Dispose();
        _keyring.Dispose();
        _databaseKey.Dispose();
        _blobs.Dispose();
        _store.Dispose();
        _locking.Dispose();
    }

    private async Task<bool> TryGoOnlineAsync(Session? session, UnlockSecret secret, CancellationToken cancellationToken)
    {
        try
        {
            await _check.CheckProviderAsync(cancellationToken);
            _link.Use(session ?? await OpenSessionAsync(secret, cancellationToken));
            await SetUpAsync(secret.Passphrase, cancellationToken);
            await Jobs().BeginAsync(cancellationToken);
            return true;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever the provider does: the mail that is here can be read.
            Tell(failure);
            return false;
        }
    }

    /// <summary>Once after each unlocking: afterwards the provider has what it needs of us, and we have its latest key record.</summary>
    private async Task SetUpAsync(string? passphrase, CancellationToken cancellationToken)
    {
        await _setup.RunAsync(cancellationToken);
        await RefreshKeysAsync(passphrase, cancellationToken);
        _isSetUp = true;
    }

    /// <summary>The latest key record; a lie is told and changes nothing here.</summary>
    private async Task RefreshKeysAsync(string? passphrase, CancellationToken cancellationToken)
    {
        try
        {
            var soledad = (await _link.ReadServicesAsync(cancellationToken)).Soledad;
            await _keyring.RefreshAsync(new KeyRecordClient(_http, soledad, User, _link.TokenAsync), passphrase, cancellationToken);
            if (passphrase is not null)
            {
                await Changes.SettleAsync(passphrase, cancellationToken);
            }
        }
        catch (SoledadException lie) when (lie.Code is SoledadCodes.KeysMissing or SoledadCodes.KeyRecordDamaged or SoledadCodes.KeyRecordRollback)
        {
            _events.Add(lie.Code, lie.Message);
        }
        catch (DaemonException needed)
        {
            _events.Add(needed.Code, $"{needed.Message} {needed.Hint} {Address.Address}");
        }
    }

    /// <summary>A document came under keys that this device does not have: another device may have made newer ones.</summary>
    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (!_keysAreBehind)
        {
            return;
        }

        _keysAreBehind = false;
        try
        {
            await GoOnAsync(null, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Locked.
        }
    }

    private void Tell(Exception failure)
    {
        if (Api.ApiErrors.Translate(failure) is { } known)
        {
            _trouble = known.Message;
            _events.Add(known.Code, known.Message);
            return;
        }

        LogProviderFailed(_logs.CreateLogger<AccountSession>(), failure);
        _trouble = $"Talking to the provider failed ({failure.GetType().Name}).";
        _events.Add("unavailable", _trouble);
    }

    private Fingerprint? OwnFingerprint() => _keyring.Current.OwnKeyFingerprint is { } named ? Fingerprint.Parse(named) : null;

    /// <summary>By the device's key; by the passphrase when the provider does not know the device yet.</summary>
    private async Task<Session> OpenSessionAsync(UnlockSecret secret, CancellationToken cancellationToken)
    {
        try
        {
            return await _link.SessionAsync(cancellationToken);
        }
        catch (BonafideException unknown) when (unknown.Code == BonafideErrors.DeviceRefused)
        {
            try
            {
                using var login = await _link.Client.LogInAsync(Address.LocalPart.ToLowerInvariant(), secret.Passphrase, cancellationToken);
                return login.Session;
            }
            catch (BonafideException other) when (other.Code == BonafideErrors.BadCredentials)
            {
                Changes.TellPassphraseChanged();
                throw;
            }
        }
    }

    private async Task OnlineAsync(Session? session, UnlockSecret secret, TaskCompletionSource<bool> reached, CancellationToken cancellationToken)
    {
        using (secret)
        {
            reached.TrySetResult(await TryGoOnlineAsync(session, secret, cancellationToken));
            for (var wait = TimeSpan.FromSeconds(1); !_isSetUp; wait = wait * 2 < TimeSpan.FromMinutes(1) ? wait * 2 : TimeSpan.FromMinutes(1))
            {
                if (_setup.IsRegistered)
                {
                    secret.Dispose(); // sessions come by the device's key from now on
                }

                await Task.Delay(wait, _clock, cancellationToken);
                try
                {
                    await _check.CheckProviderAsync(cancellationToken);
                    if (!_setup.IsRegistered)
                    {
                        _link.Use(await OpenSessionAsync(secret, cancellationToken));
                    }

                    await SetUpAsync(null, cancellationToken);
                }
                catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
                {
                    Tell(failure);
                }
            }
        }

        await Jobs().RunAsync(cancellationToken);
    }

    private ProviderJobs Jobs()
    {
        if (_jobs is null)
        {
            _jobs = new ProviderJobs(_store, _codec, Mail, _keys, Outgoing, _link, _setup, _check.Capabilities, User, _events, _settings, _clock, _logs);
            _jobs.Synced += () => _catchingUp = _catchingUp.IsCompleted ? Task.Run(() => CatchUpAsync(Locking), CancellationToken.None) : _catchingUp;
        }

        return _jobs;
    }

    private async Task RunUntilLockedAsync(string job, Func<CancellationToken, Task> run)
    {
        try
        {
            await run(_locking.Token);
        }
        catch (OperationCanceledException) when (_locking.IsCancellationRequested)
        {
            // Locked.
        }
        catch (Exception failure)
        {
            // A job must never end by itself; the owner is told, the log has the rest.
            LogJobEnded(_logs.CreateLogger<AccountSession>(), job, failure);
            _events.Add("job-ended", $"The job {job} ended with an internal error; lock and unlock the account to start it again.");
        }
    }

    [LoggerMessage(5402, LogLevel.Warning, "Talking to the provider failed")]
    private static partial void LogProviderFailed(ILogger logger, Exception failure);

    [LoggerMessage(5401, LogLevel.Error, "Job {Job} ended")]
    private static partial void LogJobEnded(ILogger logger, string job, Exception failure);
}
