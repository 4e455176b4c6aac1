namespace Bitmask.Soledad;

/// <summary>What a sync is doing.</summary>
public enum SyncPhase
{
    /// <summary>Documents go to the provider.</summary>
    Sending,

    /// <summary>Changes of other devices come.</summary>
    Receiving,

    /// <summary>A new device fetches small documents, newest first: keys, mailboxes, the list of mails.</summary>
    FetchingSmall,

    /// <summary>A new device fetches what is larger, newest first.</summary>
    FetchingLarge,
}

/// <summary>How far a sync has come.</summary>
/// <param name="Phase">What it is doing.</param>
/// <param name="Done">Documents done in this phase.</param>
/// <param name="Total">How many there are, as far as is known.</param>
/// <param name="Rate">Documents in a second, since the phase began.</param>
public sealed record SyncProgress(SyncPhase Phase, long Done, long Total, double Rate);
