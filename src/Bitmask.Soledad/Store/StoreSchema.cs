using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>The tables of the store itself. Tables of projections and device-local tables of other rooms lie in the same file.</summary>
internal static class StoreSchema
{
    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new("soledad", 1, """
            -- One row: who this copy is. The uid and the device id must never be in two copies (security.md B5).
            CREATE TABLE store_identity(
              id INTEGER PRIMARY KEY CHECK (id = 1),
              replica_uid TEXT NOT NULL,
              device_id TEXT NOT NULL,
              -- Number of the latest local write; the next one gets the number after it.
              seq INTEGER NOT NULL
            ) STRICT;

            CREATE TABLE document(
              doc_id TEXT PRIMARY KEY,
              rev TEXT NOT NULL,
              -- Exact text; NULL is a tombstone. A row goes only when a grave tells of the deletion (table buried).
              json TEXT,
              -- Member "type" of json.
              type TEXT,
              -- Device that wrote this version and its counter; is_local when that is us.
              writer TEXT,
              seq INTEGER NOT NULL,
              is_local INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX document_by_type ON document(type, doc_id) WHERE type IS NOT NULL;

            -- Row number = generation.
            CREATE TABLE transaction_log(
              generation INTEGER PRIMARY KEY AUTOINCREMENT,
              doc_id TEXT NOT NULL,
              transaction_id TEXT NOT NULL
            ) STRICT;

            -- What we know of each other replica.
            CREATE TABLE sync_log(
              replica_uid TEXT PRIMARY KEY,
              generation INTEGER NOT NULL,
              transaction_id TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;

            -- Versions beside the current one.
            CREATE TABLE conflict(
              doc_id TEXT NOT NULL,
              rev TEXT NOT NULL,
              json TEXT,
              PRIMARY KEY (doc_id, rev)
            ) STRICT;

            -- Versions that lost, kept for a while.
            CREATE TABLE conflict_archive(
              id INTEGER PRIMARY KEY,
              doc_id TEXT NOT NULL,
              rev TEXT NOT NULL,
              json TEXT,
              archived INTEGER NOT NULL
            ) STRICT;
            CREATE INDEX conflict_archive_by_time ON conflict_archive(archived);

            CREATE TABLE quarantine(
              wire_id TEXT PRIMARY KEY,
              generation INTEGER NOT NULL,
              reason TEXT NOT NULL,
              since INTEGER NOT NULL
            ) STRICT, WITHOUT ROWID;

            CREATE TABLE setting(
              name TEXT PRIMARY KEY,
              value TEXT NOT NULL
            ) STRICT, WITHOUT ROWID;
            """),
        new("soledad", 2, """
            -- Changes, at random, with the definitions of the indexes: whether what is parsed in memory still holds.
            ALTER TABLE store_identity ADD COLUMN index_stamp INTEGER NOT NULL DEFAULT 0;

            -- What is indexed; indexes share it. document_type NULL: documents of all types.
            CREATE TABLE index_expression(
              id INTEGER PRIMARY KEY,
              expression TEXT NOT NULL,
              document_type TEXT
            ) STRICT;

            CREATE TABLE index_definition(
              name TEXT NOT NULL,
              position INTEGER NOT NULL,
              expression INTEGER NOT NULL REFERENCES index_expression(id),
              PRIMARY KEY (name, position)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX index_definition_by_expression ON index_definition(expression);

            CREATE TABLE index_value(
              expression INTEGER NOT NULL,
              value TEXT NOT NULL,
              doc_id TEXT NOT NULL,
              PRIMARY KEY (expression, value, doc_id)
            ) STRICT, WITHOUT ROWID;
            CREATE INDEX index_value_by_document ON index_value(doc_id, expression);
            """),
        new("soledad", 3, """
            -- Counting what is not deleted counts the few that are.
            CREATE INDEX document_deleted ON document(doc_id) WHERE json IS NULL;
            """),
        new("soledad", 4, """
            -- Number of the latest local write when this change was made: what the provider knows of this log, it knows of these numbers.
            ALTER TABLE transaction_log ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;
            UPDATE transaction_log SET seq = (SELECT seq FROM store_identity);
            """),
    ];
}
