namespace Bitmask.Sqlite;

/// <summary>How a <see cref="Database"/> is opened.</summary>
public sealed record DatabaseOptions
{
    /// <summary>Page cache in KiB: half for the writer, half for the first reader, a sixteenth for each other that is really in use at once. Default 24 MiB.</summary>
    public int CacheKibibytes { get; set; } = 24 * 1024;

    /// <summary>Readers kept open between reads; more run at once when needed and are closed after. Default 4.</summary>
    public int MaxReaders { get; set; } = 4;

    /// <summary>Largest size of the file in pages of 4 KiB; null for no limit but the disk.</summary>
    public long? MaxPages { get; set; }

    /// <summary>Works that may wait for the writer before <see cref="Database.WriteAsync{T}"/> waits itself. Default 1024.</summary>
    public int MaxQueuedWrites { get; set; } = 1024;

    /// <summary>Most works in one commit. Default 256.</summary>
    public int MaxWritesPerCommit { get; set; } = 256;

    /// <summary>Called with the number of the commit (from 1) before it is made; what it throws rolls the commit back. For tests of crash safety.</summary>
    public Action<long>? OnCommitting { get; set; }

    /// <summary>Told what an <see cref="WriteTransaction.AfterCommit"/> callback threw; the commit stands all the same.</summary>
    public Action<Exception>? OnCallbackError { get; set; }
}
