namespace Bitmask.Daemon.Tests.World;

/// <summary>A clock that shows another time than it is, while waits take as long as they do.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private long _ticks;

    public void Shift(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Interlocked.Read(ref _ticks));
}
