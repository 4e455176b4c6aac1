using Microsoft.Extensions.Logging;

namespace Bitmask.Mail.Pipelines;

/// <summary>Runs a pass of work whenever it is due or somebody says that there is news. A pass that throws is logged and tried again later.</summary>
/// <param name="pass">One pass; gives the time when the next one is due, or null.</param>
/// <param name="interval">Longest sleep.</param>
/// <param name="retry">Sleep after a pass that threw; grows up to <paramref name="interval"/>.</param>
/// <param name="clock">The time.</param>
/// <param name="logger">The log.</param>
internal sealed partial class WorkLoop(Func<CancellationToken, Task<DateTimeOffset?>> pass, TimeSpan interval, Backoff retry, TimeProvider clock, ILogger logger) : IDisposable
{
    /// <summary>Shortest sleep: whatever a pass says is due, the provider is not asked without end.</summary>
    private static readonly TimeSpan ShortestSleep = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim _news = new(0, 1);

    /// <summary>Why the last pass did not get through; null when it did.</summary>
    public string? Trouble { get; private set; }

    /// <summary>There is something to do.</summary>
    public void Wake()
    {
        try
        {
            _news.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody said so already.
        }
        catch (ObjectDisposedException)
        {
            // Locked meanwhile: what was written down is worked off after the next unlocking, and who wrote it must not hear of a failure.
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var failures = 0; ; )
        {
            var now = clock.GetUtcNow();
            DateTimeOffset due;
            try
            {
                due = await pass(cancellationToken).ConfigureAwait(false) ?? now + interval;
                (failures, Trouble) = (0, null);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Trouble = e is IOException ? e.Message : "An internal error: " + e.GetType().Name;
                LogPassFailed(logger, e is IOException ? null : e, Trouble);
                due = retry.Next(now, ++failures);
            }

            await SleepAsync(due, cancellationToken).ConfigureAwait(false);
        }
    }

    public void Dispose() => _news.Dispose();

    private async Task SleepAsync(DateTimeOffset due, CancellationToken cancellationToken)
    {
        var sleep = due - clock.GetUtcNow();
        using var alarm = new CancellationTokenSource(sleep < ShortestSleep ? ShortestSleep : sleep < interval ? sleep : interval, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, cancellationToken);
        try
        {
            await _news.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to work.
        }
    }

    [LoggerMessage(5001, LogLevel.Warning, "A pass did not get through: {Reason}")]
    private static partial void LogPassFailed(ILogger logger, Exception? exception, string reason);
}
