using Bitmask.Soledad;

namespace Bitmask.Daemon.Jobs;

/// <summary>
/// Syncs when something changed here (gathered for a moment), when the feed says that something changed there, and now and then. One sync at a
/// time; what comes meanwhile makes one more.
/// </summary>
internal sealed partial class SyncJob(SyncClient sync, FeedClient feed, TimeSpan coalesce, TimeSpan poll, TimeProvider clock, ILogger logger) : IDisposable
{
    private const int MostGatherings = 10;
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _news = new(0, 1);
    private volatile bool _isLocal;
    private volatile bool _isFromAfar;
    private volatile bool _isAway = true;

    /// <summary>What must follow every sync before its news is told: mailboxes that came twice are merged, and the like.</summary>
    public Func<CancellationToken, Task> Settle { get; set; } = _ => Task.CompletedTask;

    /// <summary>A sync has ended well.</summary>
    public event Action? Synced;

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

    /// <summary>Something changed in the local store.</summary>
    public void LocalChange(long generation)
    {
        _isLocal = true;
        Wake();
    }

    /// <summary>The connection to the provider broke.</summary>
    public void Lost() => _isAway = true;

    /// <summary>One sync now; also run by <see cref="RunAsync"/>.</summary>
    public async Task SyncNowAsync(CancellationToken cancellationToken)
    {
        State = "syncing";
        try
        {
            var report = await sync.SyncAsync(cancellationToken);
            await Settle(cancellationToken);
            (State, Reason, LastSync) = report.IsComplete ? ("idle", null, clock.GetUtcNow()) : ("waiting", "The provider contradicts itself; see the events.", LastSync);
            LogSynced(report.Sent, report.Received, report.Quarantined, report.Duration.TotalMilliseconds);
            Synced?.Invoke();
            if (_isAway)
            {
                _isAway = false;
                Recovered?.Invoke();
            }
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            (State, Reason, _isAway) = ("waiting", failure.Message, true);
            Failed?.Invoke(failure);
            throw;
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll(SyncLoopAsync(cancellationToken), ListenAsync(cancellationToken));
    }

    public void Dispose() => _news.Dispose();

    private void Wake()
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // There is news already.
        }
        catch (ObjectDisposedException)
        {
            // Locked meanwhile; who wrote must not hear of it.
        }
    }

    private async Task SyncLoopAsync(CancellationToken cancellationToken)
    {
        var wait = TimeSpan.Zero;
        var retry = FirstRetry;
        while (true)
        {
            await WaitForNewsAsync(wait, cancellationToken);
            try
            {
                await SyncNowAsync(cancellationToken);
                (wait, retry) = (poll, FirstRetry);
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
            retry = retry * 2 < poll ? retry * 2 : poll;
            return next;
        }
    }

    /// <summary>Sleeps until there is news, at most <paramref name="longest"/>. News from here is given a moment to become more, and some moments when it does.</summary>
    private async Task WaitForNewsAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var alarm = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, cancellationToken);
        try
        {
            await _news.WaitAsync(either.Token);
            if (_isLocal)
            {
                // While somebody is busy here, sealing and sending what will be changed again would only slow them down.
                for (var i = 0; i < MostGatherings && _isLocal && !_isFromAfar; i++)
                {
                    _isLocal = false;
                    await Task.Delay(coalesce, clock, cancellationToken);
                }

                _isLocal = false;
                await _news.WaitAsync(TimeSpan.Zero, cancellationToken);
            }

            _isFromAfar = false;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The alarm: time for a look without news.
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (var _ in feed.ListenAsync(cancellationToken))
                {
                    _isFromAfar = true;
                    Wake();
                    MailWaits?.Invoke();
                }
            }
            catch (Exception failure) when (!(failure is OperationCanceledException && cancellationToken.IsCancellationRequested))
            {
                // A fault of ours; without the feed there is only the poll, so it is begun anew.
                LogBroken(failure);
                await Task.Delay(poll, clock, cancellationToken);
            }
        }
    }

    [LoggerMessage(5301, LogLevel.Debug, "Synced: {Sent} sent, {Received} received, {Quarantined} put aside, {Milliseconds} ms")]
    private partial void LogSynced(int sent, int received, int quarantined, double milliseconds);

    [LoggerMessage(5302, LogLevel.Warning, "Sync failed: {Reason}")]
    private partial void LogFailed(string reason);

    [LoggerMessage(5303, LogLevel.Error, "Sync or feed met an internal error")]
    private partial void LogBroken(Exception failure);
}
