using Bitmask.Soledad;

namespace Bitmask.Daemon.Jobs;

/// <summary>
/// Syncs when something changed here (gathered for a moment, unless it is urgent) and when the feed says that something changed there. While the
/// feed stands and nothing happens it asks nothing and wakes nobody; without the feed it looks now and then. One sync at a time; what comes
/// meanwhile makes one more.
/// </summary>
internal sealed partial class SyncJob : IDisposable
{
    private const long Nothing = -1;
    private const int MostGatherings = 10;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BetweenSettlings = TimeSpan.FromSeconds(1);

    private readonly SyncClient _sync;
    private readonly FeedClient? _feed;
    private readonly SyncJobOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Signal _news;
    private readonly Signal _stored;
    private readonly TaskCompletionSource _usable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _changed;
    private long _examined;
    private long _heard = Nothing;
    private long _mailHeard = Nothing;
    private volatile bool _isStanding;
    private volatile bool _isAway = true;

    /// <param name="sync">Does the syncs.</param>
    /// <param name="feed">The provider's feed; null when it has none.</param>
    /// <param name="options">When to sync.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logger">The log.</param>
    public SyncJob(SyncClient sync, FeedClient? feed, SyncJobOptions options, TimeProvider clock, ILogger logger)
    {
        (_sync, _feed, _options, _clock, _logger) = (sync, feed, options, clock, logger);
        (_news, _stored) = (new Signal(clock), new Signal(clock));
        _sync.Progressed += OnProgress;
    }

    /// <summary>What must follow every sync before its news is told: mailboxes that came twice are merged, and the like.</summary>
    public Func<CancellationToken, Task> Settle { get; set; } = _ => Task.CompletedTask;

    /// <summary>What of it is done while a long sync runs, so that what is there can be used.</summary>
    public Func<CancellationToken, Task> SettlePart { get; set; } = _ => Task.CompletedTask;

    /// <summary>A sync has ended well.</summary>
    public event Action? Synced;

    /// <summary>A batch is done.</summary>
    public event Action<SyncProgress>? Progressed;

    /// <summary>The provider answers, for the first time or again.</summary>
    public event Action? Recovered;

    /// <summary>A sync has failed.</summary>
    public event Action<Exception>? Failed;

    /// <summary>Mail may have arrived at the provider.</summary>
    public event Action? MailWaits;

    /// <summary><c>syncing</c>, <c>idle</c>, or <c>waiting</c> for another attempt.</summary>
    public string State { get; private set; } = "waiting";

    public string? Reason { get; private set; } = "Not synced since unlocking.";

    public DateTimeOffset? LastSync { get; private set; }

    /// <summary>How far the running sync has come; null when none runs or it has moved nothing yet.</summary>
    public SyncProgress? Progress { get; private set; }

    /// <summary>The feed stands: the provider speaks by itself.</summary>
    public bool IsFeedStanding => _isStanding;

    /// <summary>Something changed in the local store.</summary>
    public void LocalChange(long generation)
    {
        Interlocked.Exchange(ref _changed, generation);
        _sync.Nudge();
        _news.Give();
    }

    /// <summary>The connection to the provider broke: from now on it is asked, until the feed is back.</summary>
    public void Lost()
    {
        (_isAway, _isStanding) = (true, false);
        Interlocked.Exchange(ref _mailHeard, Nothing);
        _news.Give();
    }

    /// <summary>
    /// The first sync; answers when it has ended or has stored something, whichever is first: a new device can be used long before it has
    /// everything.
    /// </summary>
    /// <param name="rest">The sync as a whole; to be waited for.</param>
    /// <param name="cancellationToken">Ends the sync.</param>
    public Task BeginAsync(out Task rest, CancellationToken cancellationToken)
    {
        rest = SyncNowAsync(cancellationToken);
        return Task.WhenAny(rest, _usable.Task).Unwrap();
    }

    /// <summary>One sync now; also run by <see cref="RunAsync"/>.</summary>
    /// <returns>After how long another is wanted without news; null for no such time.</returns>
    public async Task<TimeSpan?> SyncNowAsync(CancellationToken cancellationToken)
    {
        State = "syncing";
        try
        {
            var report = await _sync.SyncAsync(cancellationToken);
            await Settle(cancellationToken);
            (State, Reason, LastSync) = report.IsComplete ? ("idle", null, _clock.GetUtcNow()) : ("waiting", "The provider contradicts itself; see the events.", LastSync);
            LogSynced(report.Sent, report.Received, report.Quarantined, report.Duration.TotalMilliseconds);
            Synced?.Invoke();
            if (_isAway)
            {
                _isAway = false;
                Recovered?.Invoke();
            }

            return report.NextHead;
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            (State, Reason, _isAway) = ("waiting", failure.Message, true);
            Failed?.Invoke(failure);
            throw;
        }
        finally
        {
            Progress = null;
        }
    }

    public Task RunAsync(CancellationToken cancellationToken)
        => Task.WhenAll(SyncLoopAsync(cancellationToken), SettleLoopAsync(cancellationToken), _feed is { } feed ? ListenAsync(feed, cancellationToken) : Task.CompletedTask);

    public void Dispose()
    {
        _sync.Progressed -= OnProgress;
        _news.Dispose();
        _stored.Dispose();
    }

    private async Task SyncLoopAsync(CancellationToken cancellationToken)
    {
        var retry = FirstRetry;
        var poll = _options.Poll;
        for (TimeSpan? wait = TimeSpan.Zero; ;)
        {
            await WaitForNewsAsync(wait, poll, cancellationToken);
            try
            {
                // What is heard or changed from here on makes another sync.
                Interlocked.Exchange(ref _heard, Nothing);
                var (before, known) = (Interlocked.Read(ref _changed), _options.Known());
                var next = await SyncNowAsync(cancellationToken);
                _examined = Math.Max(_examined, before);
                (wait, retry) = (State == "idle" ? next : _options.Poll, FirstRetry);
                poll = known != _options.Known() ? _options.Poll : poll * 2 < _options.LongestPoll ? poll * 2 : _options.LongestPoll;
            }
            catch (Exception failure) when (failure is IOException or HttpRequestException)
            {
                LogFailed(failure.Message);
                wait = Later();
            }
            catch (Exception failure) when (!(failure is OperationCanceledException && cancellationToken.IsCancellationRequested))
            {
                // A fault of ours: it is tried again, because nobody else would sync; and it is seen.
                (State, Reason) = ("waiting", "An internal error: " + failure.GetType().Name);
                LogBroken(failure);
                wait = Later();
            }

            // A sync that fails while it is ended is no failure of the job.
            cancellationToken.ThrowIfCancellationRequested();
        }

        TimeSpan Later()
        {
            var next = retry * (0.75 + (Random.Shared.NextDouble() / 2));
            retry = retry * 2 < _options.Poll ? retry * 2 : _options.Poll;
            return next;
        }
    }

    /// <summary>Sleeps until there is news. News from here is given a moment to become more.</summary>
    /// <param name="longest">When to sync without news; null: only when the feed is not there, after <paramref name="poll"/>.</param>
    /// <param name="poll">The poll's wait.</param>
    /// <param name="cancellationToken">Ends it.</param>
    private async Task WaitForNewsAsync(TimeSpan? longest, TimeSpan poll, CancellationToken cancellationToken)
    {
        var began = _clock.GetTimestamp();
        while (!IsNewThere() && Interlocked.Read(ref _changed) <= _examined)
        {
            var quiet = _isStanding ? TimeSpan.MaxValue : poll;
            var left = (longest < quiet ? longest.Value : quiet) - _clock.GetElapsedTime(began);
            if (left <= TimeSpan.Zero)
            {
                return;
            }

            await _news.WaitAsync(left < TimeSpan.FromDays(1) ? left : Timeout.InfiniteTimeSpan, cancellationToken);
        }

        await GatherAsync(cancellationToken);
    }

    /// <summary>
    /// While somebody is busy here, sealing and sending what will be changed again would only slow them down: the moment begins anew as long as more comes,
    /// some times. What is urgent, and news of others, end it.
    /// </summary>
    private async Task GatherAsync(CancellationToken cancellationToken)
    {
        for (var (i, before) = (0, Nothing); i < MostGatherings && Interlocked.Read(ref _changed) is var now && now != before; i++)
        {
            before = now;
            for (var began = _clock.GetTimestamp(); _options.Coalesce - _clock.GetElapsedTime(began) is var left && left > TimeSpan.Zero;)
            {
                if (IsNewThere() || TakeUrgent())
                {
                    return;
                }

                await _news.WaitAsync(left, cancellationToken);
            }
        }

        TakeUrgent();
    }

    private bool IsNewThere() => Interlocked.Read(ref _heard) is var heard && heard != Nothing && heard != _options.Known();

    /// <summary>Each change is looked at once, however many come while they are gathered.</summary>
    private bool TakeUrgent()
    {
        var upTo = Interlocked.Read(ref _changed);
        var isUrgent = upTo > _examined && _options.IsUrgent(_examined, upTo);
        _examined = Math.Max(_examined, upTo);
        return isUrgent;
    }

    private async Task ListenAsync(FeedClient feed, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (var news in feed.ListenAsync(cancellationToken))
                {
                    _isStanding = true;
                    Interlocked.Exchange(ref _heard, news.Generation);
                    if (news.Generation != _options.Known())
                    {
                        _sync.Nudge();
                    }

                    _news.Give();
                    if (Interlocked.Exchange(ref _mailHeard, news.Incoming) != news.Incoming)
                    {
                        MailWaits?.Invoke();
                    }
                }
            }
            catch (Exception failure) when (!(failure is OperationCanceledException && cancellationToken.IsCancellationRequested))
            {
                // A fault of ours; without the feed there is only the poll, so it is begun anew.
                LogBroken(failure);
                Lost();
                await Task.Delay(_options.Poll, _clock, cancellationToken);
            }
        }
    }

    private void OnProgress(SyncProgress now)
    {
        Progress = now;
        if (now.Phase != SyncPhase.Sending)
        {
            _usable.TrySetResult();
            _stored.Give();
        }

        Progressed?.Invoke(now);
    }

    /// <summary>A long sync is settled as it comes.</summary>
    private async Task SettleLoopAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _stored.WaitAsync(Timeout.InfiniteTimeSpan, cancellationToken);
            try
            {
                await SettlePart(cancellationToken);
            }
            catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
            {
                LogBroken(failure); // at the sync's end it is tried again, and then it counts
            }

            await Task.Delay(BetweenSettlings, _clock, cancellationToken);
        }
    }

    [LoggerMessage(5301, LogLevel.Debug, "Synced: {Sent} sent, {Received} received, {Quarantined} put aside, {Milliseconds} ms")]
    private partial void LogSynced(int sent, int received, int quarantined, double milliseconds);

    [LoggerMessage(5302, LogLevel.Warning, "Sync failed: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(5303, LogLevel.Error, "Sync or feed met an internal error")]
    private partial void LogBroken(Exception failure);
}
