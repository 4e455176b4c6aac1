namespace Bitmask.Mail.Pipelines;

/// <summary>How the incoming box is worked off.</summary>
public sealed record IncomingOptions
{
    /// <summary>First wait after an item could not be fetched or opened; it doubles. Default 5 seconds: mostly the provider was just starting again.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Longest wait. Default 6 hours.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromHours(6);

    /// <summary>Attempts to open an item before the user is shown a notice in its place. Default 12, almost three hours.</summary>
    public int MaxAttempts { get; set; } = 12;

    /// <summary>Attempts that wait for a sender's key which could not be looked up, before the mail is filed without it. Default 5, two and a half minutes.</summary>
    public int MaxSignerAttempts { get; set; } = 5;

    /// <summary>Longest sleep when nothing wakes the pipeline. Default 5 minutes.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Chance for the waits.</summary>
    public Random Chance { get; set; } = Random.Shared;
}

/// <summary>What one pass over the incoming box did.</summary>
/// <param name="Filed">Mails filed.</param>
/// <param name="Repeated">Mails that were there already, or were deleted since.</param>
/// <param name="Waiting">Items that could not be opened yet.</param>
/// <param name="Removed">Items removed at the provider.</param>
public sealed record IncomingReport(int Filed, int Repeated, int Waiting, int Removed);
