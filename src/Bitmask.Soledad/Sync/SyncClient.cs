using System.Globalization;
using Bitmask.Primitives;

namespace Bitmask.Soledad;

/// <summary>
/// Syncs one account's store with its provider, both ways, over LEAP's document stream. What the provider says can add authentic
/// documents and nothing else: a contradiction stops the sync with an event, a bad document is put aside with an event. A sync that
/// breaks off goes on where it was.
/// </summary>
public sealed class SyncClient : IDisposable
{
    private const string TargetSetting = "sync.target";
    private const string AcknowledgedSetting = "sync.acknowledged";
    private const string ToldSetting = "sync.told";

    private readonly SoledadStore _store;
    private readonly IDocumentCodec _codec;
    private readonly SyncWire _wire;
    private readonly TimeProvider _clock;
    private readonly SyncOptions _options;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly OfferedNumbers _offered = new();
    private volatile bool _hasNews;

    /// <summary>Makes a client; it borrows all it gets.</summary>
    /// <param name="store">The documents here.</param>
    /// <param name="codec">The account's codec.</param>
    /// <param name="http">A client whose handler trusts the provider's CA and nothing else.</param>
    /// <param name="soledad">Base address of the provider's Soledad.</param>
    /// <param name="user">The account.</param>
    /// <param name="token">Gives a token that is valid now.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="options">How to cut the work.</param>
    public SyncClient(
        SoledadStore store, IDocumentCodec codec, HttpClient http, Uri soledad, UserId user,
        Func<CancellationToken, Task<string>> token, TimeProvider clock, SyncOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(soledad);
        (_store, _codec, _clock, _options) = (store, codec, clock, options ?? new SyncOptions());
        _wire = new SyncWire(new SoledadHttp(http, soledad, user, token, clock), user, store, _options, clock);
    }

    /// <summary>Raised as things happen, on the syncing thread; handlers must be quick.</summary>
    public event Action<SoledadEvent>? Happened;

    /// <summary>Raised after each batch, on the syncing thread; handlers must be quick.</summary>
    public event Action<SyncProgress>? Progressed;

    /// <summary>The provider has every document that was written in this store up to this generation. Survives a restart.</summary>
    public static long AcknowledgedGeneration(StoreReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return long.TryParse(reader.GetSetting(AcknowledgedSetting), NumberStyles.None, CultureInfo.InvariantCulture, out var generation) ? generation : 0;
    }

    /// <summary>The provider's generation that this store knows; 0 when it knows nothing of it.</summary>
    public static long KnownGeneration(StoreReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return TargetOf(reader) is { } target ? reader.GetSync(target).Generation : 0;
    }

    /// <summary>Runs one sync; a second caller waits for the first.</summary>
    /// <exception cref="SoledadException">The provider can not be reached, refuses, or breaks the protocol.</exception>
    public async Task<SyncReport> SyncAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var began = _clock.GetTimestamp();
            var run = new SyncRun(_store, _codec, _wire, _options, happened => Happened?.Invoke(happened), new SyncMeter(_clock, now => Progressed?.Invoke(now)).Add, _offered);
            var isComplete = await RunAsync(run, cancellationToken).ConfigureAwait(false);
            return run.Report() with
            {
                IsComplete = isComplete,
                AcknowledgedGeneration = _store.Read(AcknowledgedGeneration),
                Duration = _clock.GetElapsedTime(began),
                NextHead = new HeadWatch(_store, static _ => { }, _options.HeadPause).NextHead(),
            };
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Something new waits here or at the provider: a first sync that runs takes it before it goes on with what is old.</summary>
    public void Nudge() => _hasNews = true;

    /// <summary>
    /// Fetches documents now, also while a sync runs, and says how many changed something here. Needs
    /// <see cref="SyncOptions.HasDocumentsQuery"/>; without it they come in the order of the provider, and the answer is 0.
    /// </summary>
    /// <param name="ids">Their true ids.</param>
    /// <param name="cancellationToken">Ends it; what has come is kept.</param>
    /// <exception cref="SoledadException">The provider can not be reached, refuses, or breaks the protocol.</exception>
    public async Task<int> FetchAsync(IEnumerable<string> ids, CancellationToken cancellationToken = default)
        => _options.HasDocumentsQuery
            ? await new DocumentFetch(_store, _codec, _wire, _options, happened => Happened?.Invoke(happened))
                .RunAsync(ids.Select(_codec.WireId), cancellationToken).ConfigureAwait(false)
            : 0;

    /// <summary>
    /// Takes out of the log of changes what nobody needs any more, puts old deletions into graves, and has the provider remove them (security.md A7); syncs before and between. Writes no graves where
    /// <see cref="SyncOptions.HasCompaction"/> or <see cref="SyncOptions.HasDocumentsQuery"/> is not set, or while something is still to come or to be sent. Meant to be rare.
    /// </summary>
    /// <exception cref="SoledadException">The provider can not be reached, refuses, or breaks the protocol.</exception>
    public async Task<CompactionReport> CompactAsync(CompactionOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new CompactionOptions();
        if (!await IsInStepAsync(cancellationToken).ConfigureAwait(false))
        {
            return new CompactionReport(0, 0, IsDone: false);
        }

        await TrimLogAsync(options, cancellationToken).ConfigureAwait(false);
        if (!_options.HasCompaction || !_options.HasDocumentsQuery)
        {
            return new CompactionReport(0, 0, IsDone: true);
        }

        var compaction = new Compaction(_store, _codec, _wire, options);
        var buried = await compaction.BuryAsync(cancellationToken).ConfigureAwait(false);
        return await IsInStepAsync(cancellationToken).ConfigureAwait(false)
            ? new CompactionReport(buried, await compaction.RemoveAsync(cancellationToken).ConfigureAwait(false), IsDone: true)
            : new CompactionReport(buried, 0, IsDone: false);
    }

    /// <summary>
    /// Tells the provider what this device has, if it has anything new since it was told the last time: otherwise that goes with the next question, and a device that nothing happens on would
    /// keep old deletions and their log at the provider until then (security.md A7). A small request; meant for once a day. False when there was nothing to tell.
    /// </summary>
    /// <exception cref="SoledadException">The provider can not be reached, refuses, or breaks the protocol.</exception>
    public async Task<bool> AcknowledgeAsync(CancellationToken cancellationToken = default)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var (target, told) = _store.Read(static reader => (TargetOf(reader), reader.GetSetting(ToldSetting)));
            var known = _store.Read(KnownGeneration);
            var point = string.Create(CultureInfo.InvariantCulture, $"{target}:{known}");
            if (!_options.HasCompaction || target is null || known == 0 || told == point || _store.Read(reader => RejoinRun.IsOpen(reader) || BackfillCursor.Read(reader) is not null))
            {
                return false;
            }

            await new Compaction(_store, _codec, _wire, new CompactionOptions()).AcknowledgeAsync(cancellationToken).ConfigureAwait(false);
            await _store.WriteAsync(tx => tx.SetSetting(ToldSetting, point), cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _gate.Dispose();

    internal static string? TargetOf(StoreReader reader) => reader.GetSetting(TargetSetting);

    /// <summary>Remembers the provider's database; another one has acknowledged nothing yet.</summary>
    internal static void SetTarget(StoreTransaction transaction, string replicaUid)
    {
        if (TargetOf(transaction) != replicaUid)
        {
            transaction.SetSetting(TargetSetting, replicaUid);
            transaction.SetSetting(AcknowledgedSetting, null);
        }
    }

    /// <summary>What was known of the provider holds no more.</summary>
    internal static void ForgetTarget(StoreTransaction transaction)
    {
        transaction.SetSetting(TargetSetting, null);
        transaction.SetSetting(AcknowledgedSetting, null);
        DocumentFetch.TryAgain(transaction);
    }

    internal static void SetAcknowledged(StoreTransaction transaction, long generation)
    {
        if (generation > AcknowledgedGeneration(transaction))
        {
            transaction.SetSetting(AcknowledgedSetting, generation.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Not beside a sync, which goes by the log.</summary>
    private async Task TrimLogAsync(CompactionOptions options, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await new LogTrim(_store, _wire, options.LogPieceRows).RunAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>After a sync: whether this device has all, and the provider all of this device.</summary>
    private async Task<bool> IsInStepAsync(CancellationToken cancellationToken)
        => (await SyncAsync(cancellationToken).ConfigureAwait(false)).IsComplete && _store.Read(HeadWatch.IsComplete);

    /// <summary>The provider need not wait any more for the names this device had before.</summary>
    private async Task RetireAsync(CancellationToken cancellationToken)
    {
        foreach (var name in _options.HasCompaction && !_store.Read(RejoinRun.IsOpen) ? _store.Read(FormerNames.List) : [])
        {
            try
            {
                await _wire.ForgetAsync(name.ReplicaUid, cancellationToken).ConfigureAwait(false);
            }
            catch (SoledadException e) when (e.Code is SoledadCodes.NotFound or SoledadCodes.Refused)
            {
                // It forgets by itself, in half a year.
            }

            await _store.WriteAsync(tx => FormerNames.Remove(tx, name), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<bool> RunAsync(SyncRun run, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                do
                {
                    _hasNews = false;
                    for (var round = 0; round < _options.MaxRounds && await run.RoundAsync(cancellationToken).ConfigureAwait(false); round++)
                    {
                    }
                }
                while (_options.HasDocumentsQuery && await run.FillAsync(() => _hasNews, cancellationToken).ConfigureAwait(false));

                if (await new HeadWatch(_store, run.Tell, _options.HeadPause).RunAsync(cancellationToken).ConfigureAwait(false))
                {
                    await run.RoundAsync(cancellationToken).ConfigureAwait(false);
                }

                await RetireAsync(cancellationToken).ConfigureAwait(false);
                return true;
            }
            catch (SoledadException e) when (e.Code == SoledadCodes.ProviderInconsistent)
            {
                var reason = (e as RejoinNeededException)?.Reason;
                if (reason != RejoinReason.AwayTooLong || _options.FollowsRecording)
                {
                    run.Tell(new SoledadEvent(e.Code, e.Message)); // to have been away is no contradiction
                }

                if (_options.FollowsRecording || reason is null
                    || !await new RejoinRun(_store, run.Tell).BeginAsync(reason.Value, cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }
            }
        }
    }
}
