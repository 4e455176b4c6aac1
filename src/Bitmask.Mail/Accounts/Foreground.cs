namespace Bitmask.Mail;

/// <summary>
/// Who waits for an answer goes before what can wait: the full-text index and documents that follow (docs/decisions/0027) step aside while commands of clients run. Never for good: what can wait
/// works one part of the time, at least, so that it ends at last however busy the clients are.
/// </summary>
internal sealed class Foreground
{
    /// <summary>While somebody waits, work that can wait rests so many times as long as it works.</summary>
    private const int RestsPerWork = 1;

    /// <summary>The next command of a client follows the answer to the one before.</summary>
    private static readonly TimeSpan Lull = TimeSpan.FromMilliseconds(50);

    /// <summary>How often a rest looks whether it may end.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private int _running;
    private long _ended = -TimeProvider.System.TimestampFrequency;

    /// <summary>Whether somebody waits for an answer, or did a moment ago.</summary>
    public bool IsBusy => Volatile.Read(ref _running) > 0 || TimeProvider.System.GetElapsedTime(Volatile.Read(ref _ended)) < Lull;

    /// <summary>Somebody waits, until the answer is disposed.</summary>
    public IDisposable Begin() => new Waiting(this);

    /// <summary>Steps aside after some work, if there is somebody to step aside for; returns when nobody is, and at the latest after a rest in proportion to the work.</summary>
    /// <param name="since">When the work began, of the system's clock: that is what the processor's time goes by.</param>
    /// <param name="cancellationToken">Ends the rest.</param>
    public async ValueTask StepAsideAsync(long since, CancellationToken cancellationToken)
    {
        var worked = TimeProvider.System.GetElapsedTime(since);
        for (var rested = TimeSpan.Zero; rested < worked * RestsPerWork && IsBusy; rested += Look)
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed class Waiting : IDisposable
    {
        private Foreground? _foreground;

        public Waiting(Foreground foreground)
        {
            _foreground = foreground;
            Interlocked.Increment(ref foreground._running);
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _foreground, null) is { } foreground)
            {
                Volatile.Write(ref foreground._ended, TimeProvider.System.GetTimestamp());
                Interlocked.Decrement(ref foreground._running);
            }
        }
    }
}
