namespace Bitmask.Mail.Pipelines;

/// <summary>When to try again: the wait doubles with each attempt up to a limit, and varies so that many items do not come back at once.</summary>
/// <param name="First">The wait after the first attempt.</param>
/// <param name="Longest">The longest wait.</param>
/// <param name="Chance">Varies the waits by a fifth.</param>
public sealed record Backoff(TimeSpan First, TimeSpan Longest, Random Chance)
{
    /// <summary>The time of the next attempt.</summary>
    /// <param name="now">The time of the attempt that failed.</param>
    /// <param name="attempts">How many attempts have failed, this one included.</param>
    public DateTimeOffset Next(DateTimeOffset now, int attempts)
    {
        var wait = Math.Min(First.TotalSeconds * Math.Pow(2, Math.Clamp(attempts - 1, 0, 30)), Longest.TotalSeconds);
        return now + TimeSpan.FromSeconds(wait * (0.8 + (0.4 * Chance.NextDouble())));
    }
}
