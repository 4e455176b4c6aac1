using Bitmask.Provider.Blobs;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

/// <summary>The tables of a provider. Every one is keyed by account first, so that accounts can be told apart, moved and deleted alone.</summary>
internal static class Schema
{
    public static readonly IReadOnlyList<Migration> Migrations =
    [
        new("provider", 1, """
            -- Days, not seconds, where the second would only tell when somebody was here.
            CREATE TABLE user(
                id TEXT PRIMARY KEY, login TEXT NOT NULL UNIQUE, mode TEXT NOT NULL CHECK(mode IN ('sealed', 'leap')),
                salt TEXT NOT NULL, verifier TEXT NOT NULL, srp_group TEXT, kdf_profile TEXT, kdf_salt TEXT,
                enabled INTEGER NOT NULL DEFAULT 1, deleted INTEGER, public_key TEXT, incoming_seq INTEGER NOT NULL DEFAULT 0,
                created_day INTEGER NOT NULL) STRICT, WITHOUT ROWID;

            -- Keyed hashes of addresses that once were somebody's, so that nobody else ever gets mail meant for them.
            CREATE TABLE retired(account TEXT NOT NULL, address_hash BLOB NOT NULL UNIQUE, PRIMARY KEY(account, address_hash)) STRICT, WITHOUT ROWID;

            -- SHA-512 of the token; the token itself is never stored.
            CREATE TABLE token(
                account TEXT NOT NULL, hash BLOB NOT NULL, created INTEGER NOT NULL, seen INTEGER NOT NULL,
                PRIMARY KEY(account, hash)) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX token_by_hash ON token(hash);

            CREATE TABLE certificate(
                account TEXT NOT NULL, fingerprint BLOB NOT NULL, not_after INTEGER NOT NULL, enabled INTEGER NOT NULL DEFAULT 1,
                PRIMARY KEY(account, fingerprint)) STRICT, WITHOUT ROWID;
            CREATE UNIQUE INDEX certificate_by_fingerprint ON certificate(fingerprint);

            CREATE TABLE device(
                account TEXT NOT NULL, device TEXT NOT NULL, public_key BLOB NOT NULL, certificate BLOB,
                acked_generation INTEGER NOT NULL DEFAULT 0, created_day INTEGER NOT NULL, seen_day INTEGER NOT NULL,
                PRIMARY KEY(account, device)) STRICT, WITHOUT ROWID;

            CREATE TABLE key_record(account TEXT PRIMARY KEY, rev INTEGER NOT NULL, body BLOB NOT NULL) STRICT;

            -- The document database of an account; no row = it does not exist yet.
            CREATE TABLE replica(
                account TEXT PRIMARY KEY, uid TEXT NOT NULL, generation INTEGER NOT NULL, trans_id TEXT NOT NULL) STRICT, WITHOUT ROWID;
            CREATE TABLE transaction_log(
                account TEXT NOT NULL, generation INTEGER NOT NULL, trans_id TEXT NOT NULL, doc_id TEXT NOT NULL,
                PRIMARY KEY(account, generation)) STRICT, WITHOUT ROWID;

            -- generation and trans_id are those of the last change, so that "what changed" is one range scan. content NULL = tombstone.
            CREATE TABLE document(
                account TEXT NOT NULL, doc_id TEXT NOT NULL, rev TEXT NOT NULL, generation INTEGER NOT NULL, trans_id TEXT NOT NULL,
                content BLOB, UNIQUE(account, doc_id)) STRICT;
            CREATE INDEX document_by_generation ON document(account, generation);
            CREATE TABLE sync_from(
                account TEXT NOT NULL, source TEXT NOT NULL, generation INTEGER NOT NULL, trans_id TEXT NOT NULL,
                PRIMARY KEY(account, source)) STRICT, WITHOUT ROWID;
            CREATE TABLE sync_seen(
                account TEXT NOT NULL, source TEXT NOT NULL, sync_id TEXT NOT NULL, doc_id TEXT NOT NULL, generation INTEGER NOT NULL,
                expires INTEGER NOT NULL, PRIMARY KEY(account, source, sync_id, doc_id)) STRICT, WITHOUT ROWID;
            CREATE INDEX sync_seen_by_expiry ON sync_seen(expires);

            -- Entries of a long upload until its end has come; emptied at start.
            CREATE TABLE sync_staged(
                account TEXT NOT NULL, stream TEXT NOT NULL, position INTEGER NOT NULL, doc_id TEXT NOT NULL, rev TEXT NOT NULL,
                generation INTEGER NOT NULL, trans_id TEXT NOT NULL, content BLOB, UNIQUE(account, stream, position)) STRICT;

            CREATE TABLE shared(
                account TEXT NOT NULL, doc_id TEXT NOT NULL, rev TEXT NOT NULL, content BLOB, PRIMARY KEY(account, doc_id)) STRICT;

            -- seq counts up for ever (user.incoming_seq), so that "after seq" never misses a mail.
            CREATE TABLE incoming(
                account TEXT NOT NULL, seq INTEGER NOT NULL, id TEXT NOT NULL, received INTEGER NOT NULL, size INTEGER NOT NULL,
                body BLOB NOT NULL, PRIMARY KEY(account, seq), UNIQUE(account, id)) STRICT;

            -- Keyed hashes of what was taken in already (security.md A9): 72 h for mail from the world, 7 days for submissions.
            CREATE TABLE repeat(
                account TEXT NOT NULL, hash BLOB NOT NULL, expires INTEGER NOT NULL, PRIMARY KEY(account, hash)) STRICT, WITHOUT ROWID;
            CREATE INDEX repeat_by_expiry ON repeat(expires);

            -- Mail to other domains. sealed holds envelope and message under the key of key_day (security.md B9).
            CREATE TABLE queue_message(
                account TEXT NOT NULL, id TEXT NOT NULL, key_day INTEGER NOT NULL, created INTEGER NOT NULL, sealed BLOB NOT NULL,
                PRIMARY KEY(account, id)) STRICT;
            CREATE TABLE queue_recipient(
                account TEXT NOT NULL, message TEXT NOT NULL, position INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
                next_attempt INTEGER NOT NULL, PRIMARY KEY(account, message, position)) STRICT, WITHOUT ROWID;
            CREATE INDEX queue_recipient_by_time ON queue_recipient(next_attempt);
            """),

        // Of its own name, so that it does not matter which of two subjects grows first.
        new("provider.sessions", 1, """
            -- kind: how the session was opened; created is the time of that proof. device: whose it is, once that is known.
            ALTER TABLE token ADD COLUMN kind TEXT NOT NULL DEFAULT 'device' CHECK(kind IN ('device', 'passphrase', 'recovery'));
            ALTER TABLE token ADD COLUMN device TEXT;
            ALTER TABLE certificate ADD COLUMN device TEXT;

            -- A removed device keeps its row, so that it can be told so and never comes back under the same id or key.
            ALTER TABLE device ADD COLUMN revoked_day INTEGER;
            ALTER TABLE user ADD COLUMN recovery_salt TEXT;
            ALTER TABLE user ADD COLUMN recovery_verifier TEXT;
            """),
        new("provider.soledad", 1, """
            -- octets = length(content), 0 for a tombstone; in the index, so that queries by size read no contents.
            ALTER TABLE document ADD COLUMN octets INTEGER NOT NULL DEFAULT 0;
            UPDATE document SET octets = length(content) WHERE content IS NOT NULL;
            DROP INDEX document_by_generation;
            CREATE INDEX document_by_generation ON document(account, generation, octets);

            -- What each source replica is known to have, and when it was last here.
            CREATE TABLE replica_ack(
                account TEXT NOT NULL, source TEXT NOT NULL, generation INTEGER NOT NULL, seen_day INTEGER NOT NULL,
                PRIMARY KEY(account, source)) STRICT, WITHOUT ROWID;

            -- Highest generation of a removed document; how far superseded rows of the log are gone.
            ALTER TABLE replica ADD COLUMN compacted_generation INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE replica ADD COLUMN pruned_generation INTEGER NOT NULL DEFAULT 0;

            -- Octets an account takes, kept by triggers in the very transaction that changes them: no way of writing can forget it.
            CREATE TABLE usage(
                account TEXT PRIMARY KEY, documents INTEGER NOT NULL DEFAULT 0, incoming INTEGER NOT NULL DEFAULT 0,
                blobs INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
            INSERT INTO usage(account, documents, incoming)
                SELECT id, (SELECT ifnull(sum(octets + length(rev) + length(doc_id)), 0) FROM document WHERE account = id),
                    (SELECT ifnull(sum(size), 0) FROM incoming WHERE account = id) FROM user;
            CREATE TRIGGER user_added AFTER INSERT ON user BEGIN INSERT INTO usage(account) VALUES (new.id); END;
            CREATE TRIGGER document_added AFTER INSERT ON document BEGIN
                UPDATE usage SET documents = documents + new.octets + length(new.rev) + length(new.doc_id) WHERE account = new.account; END;
            CREATE TRIGGER document_changed AFTER UPDATE ON document BEGIN
                UPDATE usage SET documents = documents + new.octets - old.octets + length(new.rev) - length(old.rev) WHERE account = new.account; END;
            CREATE TRIGGER document_removed AFTER DELETE ON document BEGIN
                UPDATE usage SET documents = documents - old.octets - length(old.rev) - length(old.doc_id) WHERE account = old.account; END;
            CREATE TRIGGER incoming_added AFTER INSERT ON incoming BEGIN
                UPDATE usage SET incoming = incoming + new.size WHERE account = new.account; END;
            CREATE TRIGGER incoming_removed AFTER DELETE ON incoming BEGIN
                UPDATE usage SET incoming = incoming - old.size WHERE account = old.account; END;
            """),
        new("provider.soledad", 2, """
            -- Whose replica it is, once that is known: a removed device holds nothing up.
            ALTER TABLE replica_ack ADD COLUMN device TEXT;
            ALTER TABLE device DROP COLUMN acked_generation;

            -- Replicas that synced before anybody kept account of them: they have nothing for sure until they say so.
            INSERT INTO replica_ack(account, source, generation, seen_day)
                SELECT account, source, 0, strftime('%s', 'now') / 86400 FROM sync_from WHERE true ON CONFLICT DO NOTHING;
            """),
        BlobSchema.First,
        BlobSchema.Second,
    ];
}
