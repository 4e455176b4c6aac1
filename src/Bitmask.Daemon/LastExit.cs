namespace Bitmask.Daemon;

/// <summary>
/// Ends the program when it was asked to end and does not get there: everything on disk is written so that a kill at any moment loses nothing, so
/// waiting longer than this helps nobody. A thread of its own, because what is in the way may well be a pool without a free thread.
/// </summary>
internal sealed class LastExit : IDisposable
{
    private readonly ManualResetEventSlim _asked = new();
    private readonly ManualResetEventSlim _done = new();

    /// <summary>Begins to watch.</summary>
    /// <param name="patience">From being asked until the end.</param>
    /// <param name="exit">Ends the program.</param>
    public LastExit(TimeSpan patience, Action exit)
    {
        var watching = new Thread(() =>
        {
            _asked.Wait();
            if (!_done.Wait(patience))
            {
                exit();
            }
        })
        { IsBackground = true, Name = "last exit" };
        watching.Start();
    }

    /// <summary>The program was asked to end.</summary>
    public void Asked() => _asked.Set();

    /// <summary>It got there. The events are left to the collector: the thread may be looking at them.</summary>
    public void Dispose()
    {
        _done.Set();
        _asked.Set();
    }
}
