namespace Bitmask.Protocol.Soledad;

/// <summary>Limits of a sync stream.</summary>
public sealed record SyncStreamOptions
{
    /// <summary>Longest line, in octets; a document is one line. LEAP's servers allow 200 MiB.</summary>
    public int MaxLineOctets { get; set; } = 64 * 1024 * 1024;

    /// <summary>Most documents in one stream.</summary>
    public int MaxDocuments { get; set; } = 10_000_000;

    internal static SyncStreamOptions Default { get; } = new();
}
