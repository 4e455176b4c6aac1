using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>Where a blob is.</summary>
public enum BlobState
{
    /// <summary>Being written; after a crash it is removed.</summary>
    Writing = 0,

    /// <summary>Only here; waits to be uploaded.</summary>
    Local = 1,

    /// <summary>Its upload has begun.</summary>
    Uploading = 2,

    /// <summary>The provider has acknowledged it, and it is here as a whole.</summary>
    Stored = 3,

    /// <summary>At the provider; here in part or not at all.</summary>
    Remote = 4,
}

/// <summary>What goes first. LEAP's four steps.</summary>
public enum BlobPriority
{
    /// <summary>When nothing else is to be done: prefetching.</summary>
    Low = 1,

    /// <summary>The usual.</summary>
    Medium = 2,

    /// <summary>New mail.</summary>
    High = 3,

    /// <summary>Somebody waits for it.</summary>
    Urgent = 4,
}

/// <summary>How a <see cref="BlobStore"/> is opened.</summary>
public sealed record BlobStoreOptions
{
    /// <summary>Octets of chunks kept here; beyond, those at the provider are dropped, least recently used first. Never drops what is only here or pinned. Default 2 GiB.</summary>
    public long MaxCacheOctets { get; set; } = 2L << 30;

    /// <summary>How the file is opened.</summary>
    public DatabaseOptions Database { get; set; } = new() { CacheKibibytes = 4 * 1024, MaxWritesPerCommit = 64, MaxQueuedWrites = 64 };

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    /// <summary>Called before octets are written to the file of a blob, with how many; what it throws is the disk's failure. For tests.</summary>
    public Action<int>? Writing { get; set; }
}

/// <summary>Counts for the status.</summary>
/// <param name="Local">Only here: not yet acknowledged by the provider.</param>
/// <param name="Stored">Here and at the provider.</param>
/// <param name="Remote">At the provider, not wholly here.</param>
/// <param name="Uploads">Waiting or running.</param>
/// <param name="Downloads">Waiting or running.</param>
/// <param name="CachedOctets">Octets of chunks here.</param>
/// <param name="Reason">Why the first waiting transfer waits; null when none has failed.</param>
public sealed record BlobCounts(long Local, long Stored, long Remote, long Uploads, long Downloads, long CachedOctets, string? Reason);

/// <summary>A blob of the store with its row.</summary>
internal sealed record BlobRow(long Id, string Namespace, string Name, long Size, BlobState State, long Cached, string? File)
{
    public const string Columns = "b.id, b.namespace, b.name, b.size, b.state, b.cached, b.file";

    public long Chunks => (Size - SealedBlob.HeaderOctets + SealedBlob.StoredChunkOctets - 1) / SealedBlob.StoredChunkOctets;

    public bool IsWhole => Cached == Size - SealedBlob.HeaderOctets;

    public int ChunkLength(long chunk) => (int)Math.Min(SealedBlob.StoredChunkOctets, Size - SealedBlob.ChunkStart(chunk));

    public static BlobRow Read(Row row) => new(row.GetInt64(0), row.GetText(1), row.GetText(2), row.GetInt64(3), (BlobState)row.GetInt32(4), row.GetInt64(5), row.GetTextOrNull(6));
}

/// <summary>A transfer that is due.</summary>
internal sealed record BlobTransferRow(BlobRow Blob, bool IsUpload, BlobPriority Priority, int Attempts);
