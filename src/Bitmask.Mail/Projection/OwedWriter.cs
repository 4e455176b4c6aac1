namespace Bitmask.Mail;

/// <summary>
/// Writes documents that are owed (<see cref="OwedTable"/>), a few at a time, from when a command over many messages is durable until nothing is owed.
/// A crash loses nothing: what is owed stands in a table, and the next one goes on.
/// </summary>
internal sealed class OwedWriter(MailAccount account, bool isActive) : IDisposable
{
    /// <summary>Documents in one transaction: few, since whoever writes next waits for its end.</summary>
    private const int Batch = 16;

    /// <summary>While others write, too, it works one part of the time and rests this many.</summary>
    private const int RestsPerWork = 3;

    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private Task _writing = Task.CompletedTask;
    private bool _hasMore;

    /// <summary>There is something to write.</summary>
    public void Wake()
    {
        lock (_gate)
        {
            _hasMore = true;
            if (isActive && _writing.IsCompleted && !_closing.IsCancellationRequested)
            {
                _writing = Task.Run(RunAsync);
            }
        }
    }

    /// <summary>Writes all that is owed now.</summary>
    public async Task WriteAllAsync(CancellationToken cancellationToken)
    {
        while (await WriteSomeAsync(cancellationToken).ConfigureAwait(false))
        {
        }
    }

    /// <summary>Ends; what is not written stays owed.</summary>
    public void Dispose()
    {
        Task writing;
        lock (_gate)
        {
            _closing.Cancel();
            writing = _writing;
        }

        writing.GetAwaiter().GetResult();
        _closing.Dispose();
    }

    private Task<bool> WriteSomeAsync(CancellationToken cancellationToken)
        => account.Store.WriteAsync(static tx => OwedTable.SettleSome(tx, Batch), cancellationToken);

    private async Task RunAsync()
    {
        try
        {
            while (TakeMore())
            {
                await WriteGentlyAsync().ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // The account is closed, or its store.
        }
    }

    private bool TakeMore()
    {
        lock (_gate)
        {
            var hasMore = _hasMore && !_closing.IsCancellationRequested;
            _hasMore = false;
            if (!hasMore)
            {
                // Who wakes from here on begins anew.
                _writing = Task.CompletedTask;
            }

            return hasMore;
        }
    }

    private async Task WriteGentlyAsync()
    {
        while (true)
        {
            try
            {
                var (start, writes) = (TimeProvider.System.GetTimestamp(), account.Writes);
                if (!await WriteSomeAsync(_closing.Token).ConfigureAwait(false))
                {
                    return;
                }

                if (account.Writes != writes)
                {
                    await Task.Delay(TimeProvider.System.GetElapsedTime(start) * RestsPerWork, TimeProvider.System, _closing.Token).ConfigureAwait(false);
                }
                else
                {
                    await account.Foreground.StepAsideAsync(start, _closing.Token).ConfigureAwait(false);
                }
            }
            catch (Exception e) when (e is not (OperationCanceledException or ObjectDisposedException))
            {
                // A full disk, most likely; one day there is room.
                await Task.Delay(Pause, account.Clock, _closing.Token).ConfigureAwait(false);
            }
        }
    }
}
