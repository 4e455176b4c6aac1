using Bitmask.Bonafide;
using Bitmask.Daemon.Jobs;
using Bitmask.Daemon.Settings;
using Bitmask.Daemon.Tokens;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Mail.Pipelines;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;
using Bitmask.Protocol.Outgoing;
using Bitmask.Smtp.Client;
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
    private readonly KeyManager _keys;
    private readonly DeviceCertificateKey _deviceKey;
    private readonly ProviderLink _link;
    private readonly HttpClient _http;
    private readonly HttpClient _keyDirectory;
    private readonly AccountEvents _events;
    private readonly DaemonSettings _settings;
    private readonly TimeProvider _clock;
    private readonly ILoggerFactory _logs;
    private readonly CancellationTokenSource _locking = new();
    private readonly ProviderSetup _setup;
    private readonly ProviderCheck _check;
    private readonly List<Keyset> _earlier = [];
    private Keyset _keyset;
    private ProviderJobs? _jobs;
    private bool _isSetUp;
    private string _trouble = "The provider has not been reached yet.";
    private Task _running = Task.CompletedTask;
    private Task _outgoing = Task.CompletedTask;

    private AccountSession(
        AccountFile file, SoledadStore store, MailProjection projection, Keyset keyset, DeviceCertificateKey deviceKey, OutgoingHandlers outgoing,
        DaemonSettings settings, TimeProvider clock, ILoggerFactory logs)
    {
        (_store, _keyset, _deviceKey, _settings, _clock, _logs) = (store, keyset, deviceKey, settings, clock, logs);
        (Address, User, Mode) = (EmailAddress.Parse(file.Address), UserId.Parse(file.Uuid), file.Mode);
        _events = new AccountEvents(clock);
        _link = ProviderLink.Open(store, deviceKey, User, file.Domain, outgoing);
        var trust = ServerTrust.PinnedCa(_link.Pin.Ca);
        (_http, _keyDirectory) = (outgoing.CreateClient(trust), outgoing.CreateClient(trust));
        _keys = new KeyManager(
            store, _keyDirectory, new KeyManagerOptions { Address = Address, KeyDirectory = AccountBirth.KeyDirectoryOf(Address), OwnKeyFingerprint = OwnFingerprint }, clock);
        Mail = new MailAccount(store, projection, new MailAccountOptions { Address = Address, DigestKey = keyset.DigestKey, Clock = clock });
        Tokens = new ClientTokens(store.Database, clock);
        Outgoing = new OutgoingPipeline(
            store, Mail, _keys, RelayAsync, clock, logs.CreateLogger<OutgoingPipeline>(), new Mail.Pipelines.OutgoingOptions { FirstDelay = TimeSpan.FromSeconds(5) });
        _setup = new ProviderSetup(store, _link, deviceKey, _keys, _http, clock);
        _check = new ProviderCheck(store, _link, _http, User, _events);
    }

    public EmailAddress Address { get; }

    public UserId User { get; }

    public string Mode { get; }

    public MailAccount Mail { get; }

    public ClientTokens Tokens { get; }

    public OutgoingPipeline Outgoing { get; }

    /// <summary>Cancelled before anything is closed.</summary>
    public CancellationToken Locking => _locking.Token;

    /// <summary>The provider has been reached since unlocking.</summary>
    public bool IsOnline => _jobs?.LastSync is not null;

    public int OutboxCount => Mail.Outbox.All().Count(item => !item.IsDone);

    /// <summary>Opens the account's files with what the passphrase yields. Needs no network.</summary>
    /// <exception cref="WrongPassphraseException">Another passphrase; nothing was changed.</exception>
    public static AccountSession Open(
        AccountFile file, AccountDirectory directory, MasterKey master, OutgoingHandlers outgoing, DaemonSettings settings, TimeProvider clock, ILoggerFactory logs)
    {
        var user = UserId.Parse(file.Uuid);
        using var databaseKey = DeviceKeys.Load(directory.DeviceKeys(user)).Open(master);
        var (store, projection) = AccountStore.Open(directory.Database(user), databaseKey, clock);
        Keyset? keyset = null;
        DeviceCertificateKey? deviceKey = null;
        try
        {
            keyset = AccountKeys.Open(store, user);
            deviceKey = DeviceCertificateKey.LoadOrCreateAsync(store).GetAwaiter().GetResult();
            return new AccountSession(file, store, projection, keyset, deviceKey, outgoing, settings, clock, logs);
        }
        catch
        {
            deviceKey?.Dispose();
            keyset?.Dispose();
            store.Dispose();
            throw;
        }
    }

    /// <summary>Starts the jobs. Answers whether the provider could be reached; when not, the jobs go on trying.</summary>
    /// <param name="session">A session that was just opened, or null.</param>
    /// <param name="master">Lent: opens a session when the provider does not know this device's key yet.</param>
    /// <param name="cancellationToken">Ends the wait, not the jobs.</param>
    public async Task<bool> StartAsync(Session? session, MasterKey master, CancellationToken cancellationToken)
    {
        _outgoing = Task.Run(() => RunUntilLockedAsync("outgoing", Outgoing.RunAsync), CancellationToken.None);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (session is null)
        {
            // The mail that is here can be read at once; the jobs go on trying.
            patience.CancelAfter(Patience);
        }

        var online = await TryGoOnlineAsync(session, master, patience.Token, cancellationToken);
        _running = Task.Run(() => RunUntilLockedAsync("provider", OnlineAsync), CancellationToken.None);
        return online;
    }

    public async ValueTask DisposeAsync()
    {
        await _locking.CancelAsync();
        await Task.WhenAll(_running, _outgoing);
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
        _deviceKey.Dispose();
        _keyset.Dispose();
        _earlier.ForEach(earlier => earlier.Dispose());
        _store.Dispose();
        _locking.Dispose();
    }

    private async Task<bool> TryGoOnlineAsync(Session? session, MasterKey master, CancellationToken patience, CancellationToken cancellationToken)
    {
        try
        {
            await _check.CheckProviderAsync(patience);
            _link.Use(session ?? await OpenSessionAsync(master, patience));
            await SetUpAsync(patience);
            await Jobs().SyncNowAsync(patience);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            _events.Add("unavailable", "The provider has not answered yet; the account is unlocked without it.");
            return false;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever the provider does: the mail that is here can be read.
            Tell(failure);
            return false;
        }
    }

    /// <summary>Once after each unlocking: afterwards the provider has what it needs of us, and we have its latest key record.</summary>
    private async Task SetUpAsync(CancellationToken cancellationToken)
    {
        await _setup.RunAsync(cancellationToken);
        if (await _check.FindLaterKeysetAsync(_keyset, cancellationToken) is { } later)
        {
            _earlier.Add(_keyset); // others may hold it still; wiped at locking
            _keyset = later;
        }

        _isSetUp = true;
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

    private Fingerprint? OwnFingerprint() => _keyset.OwnKeyFingerprint is { } named ? Fingerprint.Parse(named) : null;

    /// <summary>By the device's key; by the passphrase when the provider does not know the device yet.</summary>
    private async Task<Session> OpenSessionAsync(MasterKey master, CancellationToken cancellationToken)
    {
        try
        {
            return await _link.SessionAsync(cancellationToken);
        }
        catch (BonafideException unknown) when (unknown.Code == BonafideErrors.DeviceRefused)
        {
            return await _link.Client.LogInAsync(Address.LocalPart.ToLowerInvariant(), master, cancellationToken);
        }
    }

    private async Task OnlineAsync(CancellationToken cancellationToken)
    {
        for (var wait = TimeSpan.FromSeconds(1); !_isSetUp; wait = wait * 2 < TimeSpan.FromMinutes(1) ? wait * 2 : TimeSpan.FromMinutes(1))
        {
            await Task.Delay(wait, _clock, cancellationToken);
            try
            {
                await _check.CheckProviderAsync(cancellationToken);
                await SetUpAsync(cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                Tell(failure);
                _link.Forget();
            }
        }

        await Jobs().RunAsync(cancellationToken);
    }

    private ProviderJobs Jobs()
        => _jobs ??= new ProviderJobs(
            _store, new SealedCodec(_keyset, User, _store.DeviceId), Mail, _keys, Outgoing, _link, _setup, _http, User, _events, _settings, _clock, _logs);

    private async Task<SmtpEndpoint> RelayAsync(CancellationToken cancellationToken)
    {
        var services = _link.KnownServices ?? throw new IOException("The provider has not been reached yet.");
        var certificate = _deviceKey.Certificate() ?? throw new IOException("The provider has not given this device a certificate yet.");
        return await _link.Outgoing.Resolver.ResolveAsync(services.SubmissionHost, cancellationToken) is NameAnswer<System.Net.IPAddress>.Found found
            ? new SmtpEndpoint(services.SubmissionHost, services.SubmissionPort, SmtpTlsMode.Implicit)
            {
                Address = found.Values[0],
                ClientCertificate = certificate,
                RequireTls13 = true,
                ValidateServer = ServerTrust.PinnedCa(_link.Pin.Ca).ToCallback([]),
            }
            : throw new IOException("The provider's mail server can not be found.");
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
