using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>What a re-join needs: what was last known elsewhere of each document, and how far a re-join has come.</summary>
internal static class RejoinSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new("soledad-rejoin", 1, """
            -- Of a version that was written here: the last revision before it that others may know. Without it a copy of this device
            -- could not tell its own unsent edits from those that the other copy made under the same name.
            ALTER TABLE document ADD COLUMN base_rev TEXT;

            -- The provider has what this device wrote up to this number.
            ALTER TABLE store_identity ADD COLUMN acked_seq INTEGER NOT NULL DEFAULT 0;

            -- The latest re-join; no row when there never was one.
            CREATE TABLE rejoin(
              id INTEGER PRIMARY KEY CHECK (id = 1),
              reason TEXT NOT NULL,
              began INTEGER NOT NULL,
              -- How many in a row without a day's rest between them.
              lately INTEGER NOT NULL,
              is_open INTEGER NOT NULL
            ) STRICT;
            """),
        new("soledad-rejoin", 2, """
            -- Of some types: the content before the changes made here that the provider may not have yet, for whoever has to judge a
            -- deletion on one side and a change on the other. Gone with the sync that sends the change.
            CREATE TABLE document_base(
              doc_id TEXT PRIMARY KEY,
              json TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;
            """),
        new("soledad-rejoin", 3, """
            -- What the provider has shown while everything is compared: it need not be sent there. Empty at other times.
            CREATE TABLE compared(
              doc_id TEXT PRIMARY KEY,
              rev TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;
            """),
    ];
}
