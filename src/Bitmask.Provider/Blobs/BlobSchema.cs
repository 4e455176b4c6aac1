using Bitmask.Sqlite;

namespace Bitmask.Provider.Blobs;

/// <summary>The tables of blobs.</summary>
internal static class BlobSchema
{
    public static readonly Migration First = new("provider.blobs", 1, """
        -- A row is what makes a file of the blob folder a blob: it is written when the file is whole and durable. seq is the order of arrival.
        -- deleted = since when it is in the trash. hash (SHA-256 of the stored octets) NULL = the file is gone, only the name is remembered.
        CREATE TABLE blob(
            account TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL, seq INTEGER PRIMARY KEY, size INTEGER NOT NULL, hash BLOB,
            flags INTEGER NOT NULL, deleted INTEGER, UNIQUE(account, namespace, name)) STRICT;
        CREATE INDEX blob_by_arrival ON blob(account, namespace, seq);
        CREATE INDEX blob_by_deletion ON blob(deleted) WHERE deleted IS NOT NULL;

        -- Those in the trash count, too: they take the space.
        CREATE TRIGGER blob_added AFTER INSERT ON blob BEGIN UPDATE usage SET blobs = blobs + new.size WHERE account = new.account; END;
        CREATE TRIGGER blob_resized AFTER UPDATE OF size ON blob BEGIN UPDATE usage SET blobs = blobs + new.size - old.size WHERE account = new.account; END;
        CREATE TRIGGER blob_removed AFTER DELETE ON blob BEGIN UPDATE usage SET blobs = blobs - old.size WHERE account = old.account; END;
        """);

    public static readonly Migration Second = new("provider.blobs", 2, """
        -- Counts up for ever, so that a feed can tell whether anything was missed. A blob that is forgotten was deleted before.
        ALTER TABLE user ADD COLUMN blob_changes INTEGER NOT NULL DEFAULT 0;
        CREATE TRIGGER blob_arrived AFTER INSERT ON blob BEGIN UPDATE user SET blob_changes = blob_changes + 1 WHERE id = new.account; END;
        CREATE TRIGGER blob_changed AFTER UPDATE OF flags, deleted ON blob BEGIN UPDATE user SET blob_changes = blob_changes + 1 WHERE id = new.account; END;
        """);
}
