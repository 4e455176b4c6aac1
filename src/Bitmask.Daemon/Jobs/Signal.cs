namespace Bitmask.Daemon.Jobs;

/// <summary>Says to the one who waits that there is something; said twice before he looks, it is once.</summary>
internal sealed class Signal(TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _given = new(0, 1);

    public void Give()
    {
        try
        {
            _given.Release();
        }
        catch (SemaphoreFullException)
        {
            // Given already.
        }
        catch (ObjectDisposedException)
        {
            // Locked meanwhile; who gives it must not hear of that.
        }
    }

    /// <summary>Waits for the signal, at most so long.</summary>
    public async Task WaitAsync(TimeSpan longest, CancellationToken cancellationToken)
    {
        using var alarm = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(alarm.Token, cancellationToken);
        try
        {
            await _given.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The alarm: time to look without it.
        }
    }

    public void Dispose() => _given.Dispose();
}
