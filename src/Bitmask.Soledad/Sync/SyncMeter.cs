namespace Bitmask.Soledad;

/// <summary>Counts what the batches of a sync bring, phase by phase.</summary>
internal sealed class SyncMeter(TimeProvider clock, Action<SyncProgress> tell)
{
    private SyncPhase? _phase;
    private long _began;
    private long _done;
    private long _total;

    /// <summary>A batch is done.</summary>
    /// <param name="phase">What it belonged to.</param>
    /// <param name="documents">Documents in it.</param>
    /// <param name="total">How many the phase has, when it is known; the largest counts.</param>
    public void Add(SyncPhase phase, int documents, long total)
    {
        if (_phase != phase)
        {
            (_phase, _began, _done, _total) = (phase, clock.GetTimestamp(), 0, 0);
        }

        _done += documents;
        _total = Math.Max(Math.Max(_total, total), _done);
        var seconds = clock.GetElapsedTime(_began).TotalSeconds;
        tell(new SyncProgress(phase, _done, _total, seconds > 0 ? Math.Round(_done / seconds, 1) : 0));
    }
}
