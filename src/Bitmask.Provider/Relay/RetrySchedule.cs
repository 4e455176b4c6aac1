namespace Bitmask.Provider.Relay;

/// <summary>When a mail that another server did not take is tried again (RFC 5321 §4.5.4.1): doubling pauses with jitter, for five days.</summary>
internal sealed class RetrySchedule(TimeSpan first, Func<double> chance)
{
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(5);
    private static readonly TimeSpan Longest = TimeSpan.FromHours(4);

    /// <summary>The pause after a number of failed attempts, 1 at least: up to a quarter more or less than the doubling says.</summary>
    public TimeSpan Pause(int failures)
    {
        var pause = first * Math.Pow(2, Math.Clamp(failures - 1, 0, 30));
        return (pause < Longest ? pause : Longest) * (0.75 + (chance() / 2));
    }
}
