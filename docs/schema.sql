-- The tables of an account's database (soledad.db) on a device, by component. Written by SchemaTests from a fresh store: do not edit, run
--     UPDATE_GOLDEN=1 artifacts/bin/Bitmask.Daemon.Tests/release/Bitmask.Daemon.Tests --filter-class "*.SchemaTests"
-- blob-references 1
-- daemon.tokens 2
-- key-names 1
-- mail 9
-- mail-octets 1
-- pipelines 2
-- soledad 4
-- soledad-graves 1
-- soledad-heads 2
-- soledad-rejoin 3

CREATE TABLE blob_ref(doc_id TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(doc_id, name)) STRICT, WITHOUT ROWID;

CREATE INDEX blob_ref_by_name ON blob_ref(name);

CREATE TABLE blob_unreferenced(name TEXT PRIMARY KEY, since INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE buried(
  doc_id TEXT PRIMARY KEY,
  rev TEXT NOT NULL,
  -- The provider has no row of it any more.
  is_removed INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX buried_at_provider ON buried(doc_id) WHERE is_removed = 0;

CREATE TABLE client_token (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    token TEXT NOT NULL,
    created TEXT NOT NULL,
    last_used TEXT, stored_key BLOB, server_key BLOB,
    UNIQUE (name, scope)
) STRICT;

CREATE TABLE client_token_salt (salt BLOB NOT NULL) STRICT;

CREATE TABLE compared(
  doc_id TEXT PRIMARY KEY,
  rev TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE conflict(
  doc_id TEXT NOT NULL,
  rev TEXT NOT NULL,
  json TEXT,
  PRIMARY KEY (doc_id, rev)
) STRICT;

CREATE TABLE conflict_archive(
  id INTEGER PRIMARY KEY,
  doc_id TEXT NOT NULL,
  rev TEXT NOT NULL,
  json TEXT,
  archived INTEGER NOT NULL
) STRICT;

CREATE INDEX conflict_archive_by_time ON conflict_archive(archived);

CREATE TABLE device_seen(
  device TEXT PRIMARY KEY,
  seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

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
, base_rev TEXT) STRICT;

CREATE INDEX document_by_type ON document(type, doc_id) WHERE type IS NOT NULL;

CREATE INDEX document_deleted ON document(doc_id) WHERE json IS NULL;

CREATE TABLE document_base(
  doc_id TEXT PRIMARY KEY,
  json TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE former_name(
  replica_uid TEXT PRIMARY KEY,
  device_id TEXT NOT NULL,
  -- A copy may go on under it.
  is_shared INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE head_doubt(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  since INTEGER NOT NULL,
  -- The changes it was about at last.
  seen TEXT NOT NULL,
  is_told INTEGER NOT NULL
) STRICT;

CREATE TABLE incoming_item(
  id TEXT PRIMARY KEY,
  -- 1 fetched, 2 filed, 3 uploaded, 4 removed.
  state INTEGER NOT NULL,
  entry TEXT,
  -- The store's generation at filing.
  generation INTEGER NOT NULL,
  -- 1: stays at the provider.
  kept INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  -- Milliseconds since 1970.
  next_attempt INTEGER,
  reason TEXT,
  changed INTEGER NOT NULL
, notice INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;

CREATE INDEX incoming_item_by_state ON incoming_item(state);

CREATE TABLE index_definition(
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  expression INTEGER NOT NULL REFERENCES index_expression(id),
  PRIMARY KEY (name, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX index_definition_by_expression ON index_definition(expression);

CREATE TABLE index_expression(
  id INTEGER PRIMARY KEY,
  expression TEXT NOT NULL,
  document_type TEXT
) STRICT;

CREATE TABLE index_value(
  expression INTEGER NOT NULL,
  value TEXT NOT NULL,
  doc_id TEXT NOT NULL,
  PRIMARY KEY (expression, value, doc_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX index_value_by_document ON index_value(doc_id, expression);

CREATE TABLE key_name(name TEXT NOT NULL, doc_id TEXT NOT NULL, PRIMARY KEY(name, doc_id)) STRICT, WITHOUT ROWID;

CREATE TABLE mail_change(
  sequence INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  mailbox BLOB,
  entry BLOB,
  uid INTEGER);

CREATE INDEX mail_change_removed ON mail_change(mailbox, sequence) WHERE kind = 3;

CREATE TABLE mail_device(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE mail_entry(
  id BLOB PRIMARY KEY,
  head BLOB NOT NULL,
  mailbox BLOB NOT NULL,
  date INTEGER NOT NULL,
  size INTEGER NOT NULL,
  flags INTEGER NOT NULL,
  keywords TEXT, tags TEXT, sent INTEGER) WITHOUT ROWID;

CREATE INDEX mail_entry_head ON mail_entry(head);

CREATE INDEX mail_entry_tagged ON mail_entry(tags) WHERE tags IS NOT NULL;

CREATE TABLE mail_head(
  id BLOB NOT NULL UNIQUE,
  size INTEGER NOT NULL,
  missing INTEGER NOT NULL,
  envelope BLOB NOT NULL,
  structure BLOB NOT NULL,
  preview TEXT NOT NULL,
  header BLOB NOT NULL, thread BLOB);

CREATE TABLE mail_loose(head BLOB PRIMARY KEY, since INTEGER NOT NULL) WITHOUT ROWID;

CREATE TABLE mail_mailbox(
  id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  special_use TEXT,
  created INTEGER NOT NULL,
  messages INTEGER NOT NULL DEFAULT 0,
  unseen INTEGER NOT NULL DEFAULT 0,
  deleted INTEGER NOT NULL DEFAULT 0,
  size INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;

CREATE INDEX mail_mailbox_name ON mail_mailbox(name);

CREATE TABLE mail_mailbox_uid(
  box INTEGER PRIMARY KEY,
  mailbox BLOB NOT NULL UNIQUE,
  uid_validity INTEGER NOT NULL,
  uid_next INTEGER NOT NULL DEFAULT 1,
  removed_modseq INTEGER NOT NULL DEFAULT 0);

CREATE TABLE mail_octets(id INTEGER PRIMARY KEY AUTOINCREMENT, head BLOB NOT NULL, number INTEGER NOT NULL, sha256 BLOB NOT NULL, UNIQUE(head, number)) STRICT;

CREATE INDEX mail_octets_sha256 ON mail_octets(sha256);

CREATE TABLE mail_order(head BLOB PRIMARY KEY, sent INTEGER NOT NULL, words BLOB NOT NULL) WITHOUT ROWID;

CREATE TABLE mail_outbox(
  id BLOB PRIMARY KEY,
  accepted INTEGER NOT NULL,
  reverse_path TEXT NOT NULL,
  size INTEGER NOT NULL, not_before INTEGER, policy INTEGER NOT NULL DEFAULT 1);

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

CREATE TABLE mail_owed(entry BLOB NOT NULL, act INTEGER NOT NULL, kind INTEGER NOT NULL, source BLOB, PRIMARY KEY(entry, act)) WITHOUT ROWID;

CREATE INDEX mail_owed_source ON mail_owed(source) WHERE source IS NOT NULL;

CREATE TABLE mail_owed_act(id INTEGER PRIMARY KEY AUTOINCREMENT, act TEXT NOT NULL);

CREATE TABLE mail_part(head BLOB NOT NULL, number INTEGER NOT NULL, part TEXT NOT NULL, PRIMARY KEY(head, number)) WITHOUT ROWID;

CREATE INDEX mail_part_part ON mail_part(part);

CREATE TABLE mail_part_present(part TEXT PRIMARY KEY) WITHOUT ROWID;

CREATE TABLE mail_pending(entry BLOB PRIMARY KEY, head BLOB NOT NULL, mailbox BLOB NOT NULL) WITHOUT ROWID;

CREATE INDEX mail_pending_head ON mail_pending(head);

CREATE INDEX mail_pending_mailbox ON mail_pending(mailbox);

CREATE TABLE mail_rescue(doc_id TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE mail_search(id INTEGER PRIMARY KEY AUTOINCREMENT, head BLOB NOT NULL UNIQUE, whole INTEGER NOT NULL);

CREATE INDEX mail_search_cut ON mail_search(whole) WHERE whole = 0;

CREATE TABLE mail_search_body(id INTEGER PRIMARY KEY, text BLOB NOT NULL);

CREATE TABLE mail_search_gone(id INTEGER PRIMARY KEY);

CREATE VIRTUAL TABLE mail_search_grams USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii');

CREATE TABLE mail_search_header(id INTEGER PRIMARY KEY, text BLOB NOT NULL);

CREATE TABLE mail_search_queue(head BLOB PRIMARY KEY, turn INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;

CREATE TABLE mail_sent_copy(entry BLOB PRIMARY KEY, message BLOB NOT NULL, filed INTEGER NOT NULL) WITHOUT ROWID;

CREATE INDEX mail_sent_copy_message ON mail_sent_copy(message);

CREATE TABLE mail_subscription(id BLOB PRIMARY KEY, name TEXT NOT NULL, subscribed INTEGER NOT NULL) WITHOUT ROWID;

CREATE INDEX mail_subscription_name ON mail_subscription(name) WHERE subscribed;

CREATE TABLE mail_thread(key BLOB NOT NULL, sent INTEGER NOT NULL, head BLOB NOT NULL, PRIMARY KEY(key, sent, head)) WITHOUT ROWID;

CREATE TABLE mail_uid(
  box INTEGER NOT NULL,
  uid INTEGER NOT NULL,
  entry BLOB NOT NULL UNIQUE,
  modseq INTEGER NOT NULL, saved INTEGER,
  PRIMARY KEY(box, uid)) WITHOUT ROWID;

CREATE INDEX mail_uid_modseq ON mail_uid(box, modseq);

CREATE TABLE quarantine(
  wire_id TEXT PRIMARY KEY,
  generation INTEGER NOT NULL,
  reason TEXT NOT NULL,
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rejoin(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  reason TEXT NOT NULL,
  began INTEGER NOT NULL,
  -- How many in a row without a day's rest between them.
  lately INTEGER NOT NULL,
  is_open INTEGER NOT NULL
) STRICT;

CREATE TABLE schema_version(component TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE setting(
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE state_digest(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  digest BLOB
) STRICT;

CREATE TABLE store_identity(
  id INTEGER PRIMARY KEY CHECK (id = 1),
  replica_uid TEXT NOT NULL,
  device_id TEXT NOT NULL,
  -- Number of the latest local write; the next one gets the number after it.
  seq INTEGER NOT NULL
, index_stamp INTEGER NOT NULL DEFAULT 0, acked_seq INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE sync_log(
  replica_uid TEXT PRIMARY KEY,
  generation INTEGER NOT NULL,
  transaction_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE transaction_log(
  generation INTEGER PRIMARY KEY AUTOINCREMENT,
  doc_id TEXT NOT NULL,
  transaction_id TEXT NOT NULL
, seq INTEGER NOT NULL DEFAULT 0) STRICT;
