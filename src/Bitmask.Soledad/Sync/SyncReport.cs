namespace Bitmask.Soledad;

/// <summary>What one sync did.</summary>
public sealed record SyncReport
{
    /// <summary>Documents sent.</summary>
    public int Sent { get; init; }

    /// <summary>Documents that changed something here.</summary>
    public int Received { get; init; }

    /// <summary>How many of these had been changed here, too.</summary>
    public int Conflicts { get; init; }

    /// <summary>Documents put aside.</summary>
    public int Quarantined { get; init; }

    /// <summary>What the user should know, in order.</summary>
    public IReadOnlyList<SoledadEvent> Events { get; init; } = [];

    /// <summary>False when the provider contradicted itself, so that the sync stopped before its end.</summary>
    public bool IsComplete { get; init; }

    /// <summary>The provider has every document that was written here up to this generation of the store.</summary>
    public long AcknowledgedGeneration { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>
    /// After how long another sync is wanted, even if nothing happens until then: this device's head lags behind what it has sent (security.md B1). Null when it does not.
    /// </summary>
    public TimeSpan? NextHead { get; init; }
}

/// <summary>How a sync cuts its work into pieces.</summary>
public sealed record SyncOptions
{
    /// <summary>Most documents in one upload or in one local transaction.</summary>
    public int BatchDocuments { get; set; } = 512;

    /// <summary>A piece ends when its content has about so many octets.</summary>
    public long BatchOctets { get; set; } = 8 * 1024 * 1024;

    /// <summary>Most octets between the network and the store, all stages together; something larger passes alone.</summary>
    public long InFlightOctets { get; set; } = 16 * 1024 * 1024;

    /// <summary>How many documents are sealed or opened at once.</summary>
    public int Parallelism { get; set; } = Math.Max(1, Environment.ProcessorCount);

    /// <summary>Whether the provider answers queries for documents (its capability <c>documents</c>); without it everything comes by LEAP's download.</summary>
    public bool HasDocumentsQuery { get; set; }

    /// <summary>
    /// Largest sealed content that counts as small, in octets: up to 4 KiB before it was sealed. A new device gets small documents first.
    /// </summary>
    public long SmallOctets { get; set; } = 6 * 1024;

    /// <summary>Most documents of the first sync between two looks at what is new.</summary>
    public int PieceDocuments { get; set; } = 16 * 1024;

    /// <summary>About the most octets of the first sync between two looks at what is new.</summary>
    public long PieceOctets { get; set; } = 128 * 1024 * 1024;

    /// <summary>A download that brings nothing for so long is dead.</summary>
    public TimeSpan IdleLimit { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>Most rounds of one sync; another round sends what merging made.</summary>
    public int MaxRounds { get; set; } = 4;

    /// <summary>Farthest that the provider's generation may move between two syncs; beyond it the number is a lie that would block later syncs.</summary>
    public long MaxGenerationJump { get; set; } = 1L << 32;

    /// <summary>Shortest time between two heads of this device (security.md B1): each is a document more to send, after much or little.</summary>
    public TimeSpan HeadPause { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Whether the provider removes what graves stand for (its capability <c>compact</c>).</summary>
    public bool HasCompaction { get; set; }

    /// <summary>For tests that replay a recording of LEAP's client: it sends before it takes, and can not go on under another name, so that a contradiction only stops the sync.</summary>
    internal bool FollowsRecording { get; set; }
}
