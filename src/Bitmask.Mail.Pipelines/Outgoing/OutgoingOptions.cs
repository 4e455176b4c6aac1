namespace Bitmask.Mail.Pipelines;

/// <summary>How the outbox is worked off.</summary>
public sealed record OutgoingOptions
{
    /// <summary>First wait after an attempt that may succeed later. Default 1 minute.</summary>
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest wait. Default 1 hour.</summary>
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a mail is tried before it is given up and its sender told. Default 5 days (RFC 5321 §4.5.4.1).</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(5);

    /// <summary>How often a hold is looked at again and its sender reminded (security.md C10). Default 24 hours.</summary>
    public TimeSpan Reminder { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Longest sleep when nothing wakes the pipeline. Default 5 minutes.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Chance for the waits.</summary>
    public Random Chance { get; set; } = Random.Shared;
}
