using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>The tables of this room. Two kinds, never mixed: what only this device knows, and what documents say again at any time.</summary>
internal static class MailSchema
{
    public const string Component = "mail";

    public static IReadOnlyList<Migration> Migrations { get; } =
    [
        new(Component, 1, DeviceTruth + Projections + OutboxTables),
        new(Component, 2, SaveDate),
        new(Component, 3, SearchSchema.Tables),
        new(Component, 4, ThreadTable.Tables),
        new(Component, 5, EntryTags.Tables),
        new(Component, 6, OwedTable.Tables),
        new(Component, 7, SubscriptionTable.Tables),
        new(Component, 8, SentCopies.Tables),
        new(Component, 9, OrderTable.Tables),
    ];

    /// <summary>Never touched by a reindex: UIDs, mod-sequences, the change stream, counters that only rise.</summary>
    private const string DeviceTruth =
        """
        -- lamport: highest register counter seen; uid_validity: last one given.
        CREATE TABLE mail_device(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        INSERT INTO mail_device(name, value) VALUES ('lamport', 0), ('uid_validity', 0);

        -- One row for each mailbox that is there; box is its short name in this file.
        CREATE TABLE mail_mailbox_uid(
          box INTEGER PRIMARY KEY,
          mailbox BLOB NOT NULL UNIQUE,
          uid_validity INTEGER NOT NULL,
          uid_next INTEGER NOT NULL DEFAULT 1,
          removed_modseq INTEGER NOT NULL DEFAULT 0);

        -- One row for each message that clients can see.
        CREATE TABLE mail_uid(
          box INTEGER NOT NULL,
          uid INTEGER NOT NULL,
          entry BLOB NOT NULL UNIQUE,
          modseq INTEGER NOT NULL,
          PRIMARY KEY(box, uid)) WITHOUT ROWID;
        CREATE INDEX mail_uid_modseq ON mail_uid(box, modseq);

        CREATE TABLE mail_change(
          sequence INTEGER PRIMARY KEY AUTOINCREMENT,
          kind INTEGER NOT NULL,
          mailbox BLOB,
          entry BLOB,
          uid INTEGER);
        CREATE INDEX mail_change_removed ON mail_change(mailbox, sequence) WHERE kind = 3;

        -- Documents that another device deleted while an entry here still needs them: to be written again.
        CREATE TABLE mail_rescue(doc_id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;

        -- Heads that lost their last entry by sync: to be deleted when nobody claims them.
        CREATE TABLE mail_loose(head BLOB PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;

        """;

    /// <summary>When a message came into its mailbox on this device, in milliseconds; unknown for those that were there before.</summary>
    private const string SaveDate = "ALTER TABLE mail_uid ADD COLUMN saved INTEGER;";

    private const string Projections =
        """
        CREATE TABLE mail_mailbox(
          id BLOB PRIMARY KEY,
          name TEXT NOT NULL,
          special_use TEXT,
          subscribed INTEGER NOT NULL,
          created INTEGER NOT NULL,
          messages INTEGER NOT NULL DEFAULT 0,
          unseen INTEGER NOT NULL DEFAULT 0,
          deleted INTEGER NOT NULL DEFAULT 0,
          size INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
        CREATE INDEX mail_mailbox_name ON mail_mailbox(name);

        -- flags: bits of EntryFlags; keywords: sorted, separated by spaces.
        CREATE TABLE mail_entry(
          id BLOB PRIMARY KEY,
          head BLOB NOT NULL,
          mailbox BLOB NOT NULL,
          date INTEGER NOT NULL,
          size INTEGER NOT NULL,
          flags INTEGER NOT NULL,
          keywords TEXT) WITHOUT ROWID;
        CREATE INDEX mail_entry_head ON mail_entry(head);

        -- Entries that can not be shown yet: their mailbox, head or parts have not come.
        CREATE TABLE mail_pending(entry BLOB PRIMARY KEY, head BLOB NOT NULL, mailbox BLOB NOT NULL) WITHOUT ROWID;
        CREATE INDEX mail_pending_head ON mail_pending(head);
        CREATE INDEX mail_pending_mailbox ON mail_pending(mailbox);

        -- missing: parts that have not come.
        CREATE TABLE mail_head(
          id BLOB NOT NULL UNIQUE,
          size INTEGER NOT NULL,
          missing INTEGER NOT NULL,
          envelope BLOB NOT NULL,
          structure BLOB NOT NULL,
          preview TEXT NOT NULL,
          header BLOB NOT NULL);

        CREATE TABLE mail_part(head BLOB NOT NULL, number INTEGER NOT NULL, part TEXT NOT NULL, PRIMARY KEY(head, number)) WITHOUT ROWID;
        CREATE INDEX mail_part_part ON mail_part(part);
        CREATE TABLE mail_part_present(part TEXT PRIMARY KEY) WITHOUT ROWID;

        """;

    /// <summary>Device truth, too: accepted mail that has not left.</summary>
    private const string OutboxTables =
        """
        CREATE TABLE mail_outbox(
          id BLOB PRIMARY KEY,
          accepted INTEGER NOT NULL,
          reverse_path TEXT NOT NULL,
          size INTEGER NOT NULL);
        CREATE TABLE mail_outbox_content(id BLOB PRIMARY KEY, raw BLOB NOT NULL);
        CREATE TABLE mail_outbox_recipient(
          outbox BLOB NOT NULL,
          number INTEGER NOT NULL,
          address TEXT NOT NULL,
          canonical TEXT NOT NULL,
          state INTEGER NOT NULL,
          decision TEXT,
          attempts INTEGER NOT NULL DEFAULT 0,
          next_attempt INTEGER,
          reason TEXT,
          notified INTEGER NOT NULL DEFAULT 0,
          PRIMARY KEY(outbox, number)) WITHOUT ROWID;
        CREATE INDEX mail_outbox_due ON mail_outbox_recipient(next_attempt) WHERE next_attempt IS NOT NULL;

        """;
}
