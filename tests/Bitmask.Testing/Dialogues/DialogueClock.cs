using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Testing.Dialogues;

/// <summary>
/// A clock that stands still until a test lets time pass. <see cref="PassAsync(TimeSpan, CancellationToken)"/> first waits until somebody asked to be woken after exactly
/// that time, so no test has to guess when the code under test has begun to wait.
/// </summary>
public sealed class DialogueClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private readonly Lock _gate = new();
    private readonly List<Watched> _running = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DialogueClock()
        : this(new DateTimeOffset(2030, 1, 2, 3, 4, 5, TimeSpan.Zero))
    {
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Watched(this, base.CreateTimer(callback, state, dueTime, period), dueTime);
        lock (_gate)
        {
            _running.Add(timer);
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        return timer;
    }

    /// <summary>Waits until a timer of exactly this length runs, then moves the clock by it.</summary>
    public Task PassAsync(TimeSpan time, CancellationToken cancellationToken = default) => PassAsync(time, 1, cancellationToken);

    /// <summary>Waits until so many timers of exactly this length run, then moves the clock by it.</summary>
    public async Task PassAsync(TimeSpan time, int timers, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_running.Count(timer => timer.DueTime == time) >= timers)
                {
                    _running.RemoveAll(timer => timer.DueTime == time);
                    break;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(cancellationToken);
        }

        Advance(time);
    }

    /// <summary>A timer that is used again: it is waited for like a new one.</summary>
    private void Restarted(Watched timer, Action restart)
    {
        lock (_gate)
        {
            restart();
            _running.Remove(timer);
            _running.Add(timer);
            _changed.TrySetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void Forget(Watched timer)
    {
        lock (_gate)
        {
            _running.Remove(timer);
        }
    }

    private sealed class Watched(DialogueClock clock, ITimer inner, TimeSpan dueTime) : ITimer
    {
        public TimeSpan DueTime { get; private set; } = dueTime;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            var changed = inner.Change(dueTime, period);
            clock.Restarted(this, () => DueTime = dueTime);
            return changed;
        }

        public void Dispose()
        {
            clock.Forget(this);
            inner.Dispose();
        }

        public ValueTask DisposeAsync()
        {
            clock.Forget(this);
            return inner.DisposeAsync();
        }
    }
}
