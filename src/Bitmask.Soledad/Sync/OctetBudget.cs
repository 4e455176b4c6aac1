namespace Bitmask.Soledad;

/// <summary>
/// Bounds how much is on its way between two stages, in octets. Something larger than the whole budget passes alone. One side takes, another
/// gives back.
/// </summary>
internal sealed class OctetBudget(long limit)
{
    private readonly Lock _lock = new();
    private long _used;
    private TaskCompletionSource? _waiting;

    /// <summary>Takes when there is room.</summary>
    public bool TryTake(long octets)
    {
        lock (_lock)
        {
            if (_used > 0 && _used + octets > limit)
            {
                return false;
            }

            _used += octets;
            return true;
        }
    }

    /// <summary>Waits until there is room. For one caller at a time.</summary>
    public async ValueTask TakeAsync(long octets, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task room;
            lock (_lock)
            {
                if (_used == 0 || _used + octets <= limit)
                {
                    _used += octets;
                    return;
                }

                room = (_waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await room.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives room back.</summary>
    public void Return(long octets)
    {
        TaskCompletionSource? waiting;
        lock (_lock)
        {
            _used -= octets;
            (waiting, _waiting) = (_waiting, null);
        }

        waiting?.TrySetResult();
    }
}
