using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>The tables of <c>blobs.db</c>. Chunks are kept as they are stored at the provider: encrypted by the blob's own key, which is not here. Those of larger blobs
/// are in a file (<see cref="BlobFiles"/>), and their rows only say that they are there.</summary>
internal static class BlobSchema
{
    /// <summary>A chunk's row number is its blob's id shifted by this, plus its own number: one range for each blob, in order.</summary>
    public const int ChunkBits = 28;

    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new("blobs", 1, """
            -- size: stored octets of the whole blob. cached: those that are here. used, created: seconds. own: made here.
            CREATE TABLE blob(
              id INTEGER PRIMARY KEY,
              namespace TEXT NOT NULL,
              name TEXT NOT NULL,
              size INTEGER NOT NULL,
              state INTEGER NOT NULL,
              cached INTEGER NOT NULL,
              pinned INTEGER NOT NULL DEFAULT 0,
              own INTEGER NOT NULL,
              used INTEGER NOT NULL,
              created INTEGER NOT NULL,
              UNIQUE(namespace, name)
            ) STRICT;
            CREATE INDEX blob_by_state ON blob(state);
            CREATE INDEX blob_by_use ON blob(used) WHERE cached > 0 AND pinned = 0;

            CREATE TABLE chunk(id INTEGER PRIMARY KEY, octets BLOB NOT NULL) STRICT;

            -- direction: 1 up, 2 down. next_attempt: milliseconds.
            CREATE TABLE transfer(
              blob INTEGER PRIMARY KEY REFERENCES blob(id) ON DELETE CASCADE,
              direction INTEGER NOT NULL,
              priority INTEGER NOT NULL,
              attempts INTEGER NOT NULL DEFAULT 0,
              next_attempt INTEGER NOT NULL,
              reason TEXT
            ) STRICT;
            CREATE INDEX transfer_by_priority ON transfer(priority DESC, blob);
            CREATE INDEX transfer_by_time ON transfer(next_attempt);
            """),
        new("blobs", 2, """
            -- file: where its chunks are; their rows are empty then. NULL: the rows have the octets, as with small blobs and those from before there were files.
            ALTER TABLE blob ADD COLUMN file TEXT;
            CREATE UNIQUE INDEX blob_by_file ON blob(file) WHERE file IS NOT NULL;
            """),
    ];
}
