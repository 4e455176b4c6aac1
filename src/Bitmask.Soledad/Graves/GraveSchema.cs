using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>What the graves say (security.md A7).</summary>
internal static class GraveSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new("soledad-graves", 1, """
            -- Follows from the documents of type grave: which documents are deleted, and up to which revision. A document of this revision or an
            -- older one has no row in the table document.
            CREATE TABLE buried(
              doc_id TEXT PRIMARY KEY,
              rev TEXT NOT NULL,
              -- The provider has no row of it any more.
              is_removed INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX buried_at_provider ON buried(doc_id) WHERE is_removed = 0;

            -- Names that this device had before a re-join, until the provider has forgotten them: each would hold up the removal of what it has not seen.
            CREATE TABLE former_name(
              replica_uid TEXT PRIMARY KEY,
              device_id TEXT NOT NULL,
              -- A copy may go on under it.
              is_shared INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;
            """),
    ];
}
