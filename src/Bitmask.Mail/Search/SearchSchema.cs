namespace Bitmask.Mail;

/// <summary>The tables of the full-text index: a projection like others, filled by <see cref="SearchIndexer"/> a little later.</summary>
internal static class SearchSchema
{
    public const string Tables =
        """
        -- Heads whose messages can be seen and are not in the index yet; written in the transaction that makes them seen.
        -- turn: rises when the head becomes another while it waits, so that words of before are not taken for its own.
        CREATE TABLE mail_search_queue(head BLOB PRIMARY KEY, turn INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
        INSERT INTO mail_search_queue(head) SELECT DISTINCT e.head FROM mail_uid u JOIN mail_entry e ON e.id = u.entry;

        -- id: the row of the head in the tables below. whole: 0 when a text is longer than what is kept of it.
        CREATE TABLE mail_search(id INTEGER PRIMARY KEY AUTOINCREMENT, head BLOB NOT NULL UNIQUE, whole INTEGER NOT NULL);
        CREATE INDEX mail_search_cut ON mail_search(whole) WHERE whole = 0;

        -- Folded texts, to see whether a message really holds what the terms say it may.
        CREATE TABLE mail_search_header(id INTEGER PRIMARY KEY, text BLOB NOT NULL);
        CREATE TABLE mail_search_body(id INTEGER PRIMARY KEY, text BLOB NOT NULL);

        -- The terms of SearchGrams; rows say only that a term is in a message. Terms of deleted rows go with the merges that writing brings, or
        -- when they are most of a segment: to have them go earlier would write the index anew ten times while a mailbox is emptied.
        CREATE VIRTUAL TABLE mail_search_grams USING fts5(grams, content='', contentless_delete=1, detail=none, tokenize='ascii');
        INSERT INTO mail_search_grams(mail_search_grams, rank) VALUES ('deletemerge', 60);

        -- Rows of the three tables above whose head is gone: the indexer takes them away.
        CREATE TABLE mail_search_gone(id INTEGER PRIMARY KEY);

        """;
}
