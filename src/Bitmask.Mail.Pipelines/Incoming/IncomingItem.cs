namespace Bitmask.Mail.Pipelines;

/// <summary>How far an item of the incoming box has come (security.md A7). It is removed at the provider only behind <see cref="Uploaded"/>.</summary>
public enum IncomingState
{
    /// <summary>Seen in the box, not filed yet: it could not be opened, see the reason.</summary>
    Fetched = 1,

    /// <summary>In the mailbox on this device's disk.</summary>
    Filed = 2,

    /// <summary>The provider has acknowledged every document and blob made of it.</summary>
    Uploaded = 3,

    /// <summary>Removed from the box.</summary>
    Removed = 4,
}

/// <summary>One row of the work on the incoming box.</summary>
public sealed record IncomingItem
{
    /// <summary>The item's name in the box.</summary>
    public required string Id { get; init; }

    /// <summary>How far it has come.</summary>
    public required IncomingState State { get; init; }

    /// <summary>The entry made of it; null before it is filed.</summary>
    public EntryId? Entry { get; init; }

    /// <summary>The store's generation when it was filed.</summary>
    public long Generation { get; init; }

    /// <summary>It stays at the provider, because what is in it could not be kept here.</summary>
    public bool IsKept { get; init; }

    /// <summary>The entry is a notice in place of the mail, which could not be opened; it is tried again when the account has other keys.</summary>
    public bool IsNotice { get; init; }

    /// <summary>Attempts made.</summary>
    public int Attempts { get; init; }

    /// <summary>When to try next; null when nothing is to be tried.</summary>
    public DateTimeOffset? NextAttempt { get; init; }

    /// <summary>Why it stands there, for a person to read.</summary>
    public string? Reason { get; init; }
}
