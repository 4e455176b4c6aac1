using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>What device heads need (security.md B1). Nothing here grows with the documents.</summary>
internal static class HeadSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new("soledad-heads", 1, """
            -- Of each device the number of its latest change that was seen; heads themselves do not count.
            CREATE TABLE device_seen(
              device TEXT PRIMARY KEY,
              seq INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            INSERT INTO device_seen SELECT writer, max(seq) FROM document WHERE writer IS NOT NULL GROUP BY writer;

            -- One row: the sum over all current revisions; NULL when it has to be computed from them.
            CREATE TABLE state_digest(
              id INTEGER PRIMARY KEY CHECK (id = 1),
              digest BLOB
            ) STRICT;
            INSERT INTO state_digest(id, digest) VALUES (1, NULL);

            -- At most one row: since when another device with the same changes has had other documents.
            CREATE TABLE head_doubt(
              id INTEGER PRIMARY KEY CHECK (id = 1),
              since INTEGER NOT NULL,
              -- The changes it was about at last.
              seen TEXT NOT NULL,
              is_told INTEGER NOT NULL
            ) STRICT;
            """),
        new("soledad-heads", 2, """
            -- Deleted documents do not count any more.
            UPDATE state_digest SET digest = NULL;
            """),
    ];
}
