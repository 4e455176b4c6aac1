namespace Bitmask.Daemon.Jobs;

/// <summary>When a <see cref="SyncJob"/> syncs.</summary>
internal sealed record SyncJobOptions
{
    /// <summary>How long changes made here are gathered before they are sent (security.md B6).</summary>
    public required TimeSpan Coalesce { get; init; }

    /// <summary>How often the provider is asked while its feed is not there; rarer when it has nothing new. Also the longest wait after a failure.</summary>
    public required TimeSpan Poll { get; init; }

    /// <summary>The provider's generation that this device knows: news of it is none.</summary>
    public required Func<long> Known { get; init; }

    /// <summary>Whether changes made here after one generation and up to another are not to be gathered: new mail, keys.</summary>
    public required Func<long, long, bool> IsUrgent { get; init; }

    /// <summary>Longest wait between two looks while the feed is not there and nothing is new.</summary>
    public TimeSpan LongestPoll => 5 * Poll;
}
