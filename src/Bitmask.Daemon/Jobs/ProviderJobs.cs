using System.Globalization;
using Bitmask.Bonafide;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Settings;
using Bitmask.Keys;
using Bitmask.Mail;
using Bitmask.Mail.Pipelines;
using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Jobs;

/// <summary>What an account does with its provider all day: sync, fetch mail, renew the certificate. Each job minds itself; each wakes the others when it has news.</summary>
internal sealed class ProviderJobs : IAsyncDisposable
{
    private const long WorthTelling = 1000;
    private static readonly TimeSpan CertificateCheck = TimeSpan.FromHours(12);

    /// <summary>The incoming box is looked into when the feed says so and after each sync; this is for what both would miss.</summary>
    private static readonly TimeSpan IncomingCheck = TimeSpan.FromHours(6);

    private readonly SoledadStore _store;
    private readonly SyncClient _sync;
    private readonly SyncJob _syncJob;
    private readonly CompactionJob _compaction;
    private readonly AcknowledgementJob _acknowledgement;
    private readonly BlobStore _blobs;
    private readonly BlobJob _blobJob;
    private readonly HttpClient _http;
    private readonly IncomingPipeline _incoming;
    private readonly ProviderSetup _setup;
    private readonly KeyCareJob _keyCare;
    private readonly AccountEvents _events;
    private readonly TimeProvider _clock;
    private DeviceId? _refused;
    private Task _first = Task.CompletedTask;

    public ProviderJobs(
        SoledadStore store, IDocumentCodec codec, MailAccount mail, KeyManager keys, OutgoingPipeline outgoing, ProviderLink link, ProviderSetup setup, IReadOnlyList<string> capabilities,
        UserId user, AccountEvents events, DaemonSettings settings, TimeProvider clock, ILoggerFactory logs)
    {
        (_store, _setup, _events, _clock) = (store, setup, events, clock);
        var soledad = (link.KnownServices ?? throw new InvalidOperationException("The set-up asks where the services are.")).Soledad;
        _http = link.CreateClient();
        _http.Timeout = Timeout.InfiniteTimeSpan; // much takes its time on a slow line; Soledad's clients mind that it moves
        _sync = new SyncClient(store, codec, _http, soledad, user, link.TokenAsync, clock, new SyncOptions
        {
            HasDocumentsQuery = capabilities.Contains("documents"),
            HasCompaction = capabilities.Contains("compact"),
        });
        _compaction = new CompactionJob(_sync, store, clock, logs.CreateLogger<CompactionJob>());
        _keyCare = new KeyCareJob(keys, store, events, setup.UploadKeyAsync, clock, Random.Shared);
        _acknowledgement = new AcknowledgementJob(_sync, store, clock, logs.CreateLogger<AcknowledgementJob>());
        _sync.Happened += happened => events.Add(happened.Name, happened.Detail);
        var feed = capabilities.Contains("feed") ? new FeedClient(_http, soledad, user, link.TokenAsync, clock) : null;
        var options = new SyncJobOptions
        {
            Coalesce = TimeSpan.FromMilliseconds(settings.CoalesceMilliseconds),
            Poll = TimeSpan.FromSeconds(settings.PollSeconds),
            Known = () => store.Read(SyncClient.KnownGeneration),
            IsUrgent = (after, upTo) => _incoming!.HasFiledAfter(after) || store.Read(reader => UrgentChanges.Any(reader, after, upTo)),
        };
        _syncJob = new SyncJob(_sync, feed, options, clock, logs.CreateLogger<SyncJob>());
        if (feed is not null)
        {
            feed.Waiting += (failure, _) =>
            {
                _syncJob.Lost();
                TellWhenRefused(failure);
            };
        }

        _incoming = new IncomingPipeline(
            store, mail, keys, new IncomingBoxClient(_http, soledad, user, link.TokenAsync, clock), clock, logs.CreateLogger<IncomingPipeline>(),
            new IncomingOptions { Interval = IncomingCheck });
        _syncJob.Settle = token => SettleAsync(mail, token);
        _syncJob.SettlePart = mail.SettleAsync;
        _syncJob.Synced += _incoming.Wake; // what was filed may be acknowledged now
        _syncJob.Recovered += outgoing.ProviderIsBack;
        _syncJob.MailWaits += _incoming.Wake;
        _syncJob.Synced += () => TellWhenWithheld(keys, events);
        _syncJob.Failed += TellWhenRefused;
        _syncJob.Progressed += TellProgress;
        _store.LocalChange += _syncJob.LocalChange;

        _blobs = mail.Blobs ?? throw new InvalidOperationException("An account of the daemon has a store for blobs.");
        _blobJob = new BlobJob(
            store, mail, _blobs, new BlobClient(_http, soledad, user, link.TokenAsync, clock), settings.Attachments, clock, logs.CreateLogger<BlobJob>());
        _blobJob.Failed += TellWhenRefused;
        _blobs.Acknowledged += WakeIncoming;
        _blobs.Happened += Tell;
        _incoming.Happened += Tell;
        _syncJob.Synced += _blobJob.Synced;
        _syncJob.Recovered += _blobJob.Recovered;
    }

    /// <summary>A sync has ended well.</summary>
    public event Action? Synced
    {
        add => _syncJob.Synced += value;
        remove => _syncJob.Synced -= value;
    }

    public string SyncState => _syncJob.State;

    public string? SyncReason => _syncJob.Reason ?? _incoming.Trouble;

    public Bitmask.Protocol.Daemon.AttachmentStatus Attachments => _blobJob.Status();

    public DateTimeOffset? LastSync => _syncJob.LastSync;

    public Task<IReadOnlyList<IncomingItem>> IncomingItemsAsync(CancellationToken cancellationToken) => _incoming.ItemsAsync(cancellationToken);

    public SyncProgress? Progress => _syncJob.Progress;

    /// <summary>The first sync since unlocking. A new device that has something to show goes on with the rest while its owner reads.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => _syncJob.BeginAsync(out _first, cancellationToken);

    public Task RunAsync(CancellationToken cancellationToken)
        => Task.WhenAll(_syncJob.RunAsync(cancellationToken), _incoming.RunAsync(cancellationToken), _blobJob.RunAsync(cancellationToken), _compaction.RunAsync(cancellationToken), _acknowledgement.RunAsync(cancellationToken), _keyCare.RunAsync(cancellationToken), RenewAsync(cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await _first.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _store.LocalChange -= _syncJob.LocalChange;
        _blobs.Acknowledged -= WakeIncoming;
        _blobs.Happened -= Tell;
        _incoming.Dispose();
        _blobJob.Dispose();
        _http.Dispose();
        _syncJob.Dispose();
        _sync.Dispose();
    }

    private async Task SettleAsync(MailAccount mail, CancellationToken cancellationToken)
    {
        await mail.SettleAsync(cancellationToken);
        if (_setup.IsRegistered || _refused == _store.DeviceId)
        {
            return;
        }

        try
        {
            // A re-join gave this device another id. While the session lasts, the provider learns it; later only the passphrase could tell.
            await _setup.RunAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is BonafideException { IsTransient: false } or SoledadException { IsTransient: false })
        {
            _refused = _store.DeviceId; // told once: the next unlocking with the passphrase mends it
            _events.Add("device-not-registered", failure.Message);
        }
        catch (Exception failure) when (failure is BonafideException or IOException or HttpRequestException)
        {
            // With the next sync.
        }
    }

    /// <summary>What no waiting mends, such as the removal of this device. An ended session is no news: another is opened.</summary>
    private void TellWhenRefused(Exception failure)
    {
        if (failure is SoledadException { IsTransient: false, Code: not SoledadCodes.Unauthorized } refused)
        {
            _events.Add(refused.Code, refused.Message);
        }
    }

    /// <summary>Of what takes long, one event that is renewed; <c>status</c> has every step.</summary>
    private void TellProgress(SyncProgress now)
    {
        if (now.Total >= WorthTelling)
        {
            _events.Renew("sync-progress", string.Create(CultureInfo.InvariantCulture, $"{SyncLines.NameOf(now.Phase)}: {now.Done} of {now.Total} documents, {now.Rate:0} a second."));
        }
    }

    private void TellWhenWithheld(KeyManager keys, AccountEvents events)
    {
        if (_syncJob.LastSync is not null && keys.OwnKey() is OwnKey.Withheld withheld)
        {
            events.Add(AccountSession.Withheld, $"The provider did not bring the account's own key {withheld.Fingerprint}. No other is made: it comes with a later sync, or from another device of the account.");
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(CertificateCheck, _clock, cancellationToken);
            try
            {
                await _setup.RenewCertificateAsync(cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                // Half of its life is left when this begins; the next check tries again.
                _events.Add("certificate-not-renewed", Api.ApiErrors.Translate(failure)?.Message ?? "An internal error: " + failure.GetType().Name);
            }
        }
    }

    private void WakeIncoming(IReadOnlyList<string> acknowledged) => _incoming.Wake();

    private void Tell(SoledadEvent happened) => _events.Add(happened.Name, happened.Detail);
}
