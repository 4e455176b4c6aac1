using System.Text;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>A head's words, ready to be put into the index.</summary>
internal sealed record SearchRow(WaitingHead Waiting, bool IsWhole, byte[] Header, byte[] Body, string Grams);

/// <summary>A head that waits to be indexed, with an entry that shows it.</summary>
internal readonly record struct WaitingHead(HeadId Head, long Turn, EntryId? Entry);

/// <summary>What is in the index and what waits to be.</summary>
internal static class SearchTable
{
    /// <summary>Longest text that is kept, of header and body each. What is longer is looked at itself at every search.</summary>
    public const int MaxCharacters = 1024 * 1024;

    /// <summary>Makes the row of a head.</summary>
    /// <param name="grams">Scratch for the terms.</param>
    /// <param name="waiting">The head.</param>
    /// <param name="words">Header and body, unfolded.</param>
    /// <param name="isWhole">Whether they are whole.</param>
    public static SearchRow Row(SearchGrams grams, WaitingHead waiting, (string Header, string Body) words, bool isWhole)
    {
        var (header, body) = (SearchFold.Of(words.Header), SearchFold.Of(words.Body));
        var terms = new StringBuilder();
        grams.Write(terms, header, SearchGrams.Header);
        grams.Write(terms, body, SearchGrams.Body);
        return new SearchRow(waiting, isWhole, PackedText.Pack(header), PackedText.Pack(body), terms.ToString());
    }

    /// <summary>A head became visible: it waits, unless it is in the index.</summary>
    public static void Enqueue(WriteTransaction tx, HeadId head)
        => tx.Execute(
            "INSERT OR IGNORE INTO mail_search_queue(head) SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM mail_search WHERE head = ?1)", HexId.Bytes(head.Value));

    /// <summary>Puts a row into the index, if it still waits.</summary>
    public static bool Add(WriteTransaction tx, SearchRow row)
    {
        var key = HexId.Bytes(row.Waiting.Head.Value);
        if (tx.Execute("DELETE FROM mail_search_queue WHERE head = ?1 AND turn = ?2", key, row.Waiting.Turn) == 0)
        {
            return false;
        }

        tx.Execute("INSERT INTO mail_search(head, whole) VALUES (?1, ?2)", key, row.IsWhole);
        var id = tx.LastInsertRowId;
        tx.Execute("INSERT INTO mail_search_header(id, text) VALUES (?1, ?2)", id, row.Header);
        tx.Execute("INSERT INTO mail_search_body(id, text) VALUES (?1, ?2)", id, row.Body);
        tx.Execute("INSERT INTO mail_search_grams(rowid, grams) VALUES (?1, ?2)", id, row.Grams);
        return true;
    }

    /// <summary>A head is gone, or is another now: then it waits again if <paramref name="again"/>. It is found no more; its rows go a little later.</summary>
    public static void Remove(WriteTransaction tx, HeadId head, bool again = false)
    {
        var key = HexId.Bytes(head.Value);
        tx.Execute(again ? "UPDATE mail_search_queue SET turn = turn + 1 WHERE head = ?1" : "DELETE FROM mail_search_queue WHERE head = ?1", key);

        if (tx.ScalarInt64("SELECT id FROM mail_search WHERE head = ?1", key) is not { } id)
        {
            return;
        }

        tx.Execute("DELETE FROM mail_search WHERE id = ?1", id);
        tx.Execute("INSERT INTO mail_search_gone(id) VALUES (?1)", id);
        if (again)
        {
            Enqueue(tx, head);
        }
    }

    /// <summary>Takes away what is left of heads that are gone, some of them; false when there was nothing.</summary>
    public static bool Clean(WriteTransaction tx, int limit)
    {
        var gone = tx.Query("SELECT id FROM mail_search_gone LIMIT ?1", static row => row.GetInt64(0), limit);
        foreach (var id in gone)
        {
            tx.Execute("DELETE FROM mail_search_header WHERE id = ?1", id);
            tx.Execute("DELETE FROM mail_search_body WHERE id = ?1", id);
            tx.Execute("DELETE FROM mail_search_grams WHERE rowid = ?1", id);
            tx.Execute("DELETE FROM mail_search_gone WHERE id = ?1", id);
        }

        return gone.Count > 0;
    }

    public static bool HasGone(ReadTransaction tx) => tx.ScalarInt64("SELECT 1 FROM mail_search_gone LIMIT 1") is not null;

    /// <summary>Empties the index.</summary>
    public static void Clear(WriteTransaction tx)
        => tx.ExecuteScript(
            """
            DELETE FROM mail_search_queue; DELETE FROM mail_search; DELETE FROM mail_search_header; DELETE FROM mail_search_body;
            DELETE FROM mail_search_gone;
            INSERT INTO mail_search_grams(mail_search_grams) VALUES ('delete-all');
            """);

    /// <summary>Heads that wait, some of them.</summary>
    public static List<WaitingHead> Waiting(ReadTransaction tx, int limit)
        => tx.Query(
            "SELECT q.head, q.turn, (SELECT e.id FROM mail_entry e WHERE e.head = q.head LIMIT 1) FROM mail_search_queue q LIMIT ?1",
            static row => new WaitingHead(
                new HeadId(HexId.Read(row.GetBytes(0))), row.GetInt64(1), row.GetBytesOrNull(2) is { } entry ? new EntryId(HexId.Read(entry)) : null),
            limit);

    public static long CountWaiting(ReadTransaction tx) => tx.ScalarInt64("SELECT count(*) FROM mail_search_queue") ?? 0;

    /// <summary>Whether at least so many wait; looks at no more than those.</summary>
    public static bool AreWaiting(ReadTransaction tx, int count)
        => tx.ScalarInt64("SELECT count(*) FROM (SELECT 1 FROM mail_search_queue LIMIT ?1)", count) >= count;

    public static bool IsWaiting(ReadTransaction tx, HeadId head)
        => tx.ScalarInt64("SELECT 1 FROM mail_search_queue WHERE head = ?1", HexId.Bytes(head.Value)) is not null;
}
