using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// The heads and which of their parts are there. A head or part that another device deleted while an entry here still needs it (it did
/// not know of a copy) is put aside for <see cref="MailAccount.SettleAsync"/> to write again: a copy outlives its original.
/// </summary>
internal sealed class HeadTable(Visibility visibility)
{
    public void Apply(WriteTransaction tx, HeadId id, Document? before, HeadRow? after)
    {
        var key = HexId.Bytes(id.Value);
        if (after is null)
        {
            if (before?.Json is { } json && IsNeeded(tx, id))
            {
                Rescue(tx, before.Id, json);
            }
            else
            {
                Remove(tx, key);
            }

            return;
        }

        if (before?.Json is not null)
        {
            // Of two filings of one mail, the other was chosen.
            ThreadTable.Remove(tx, id);
            SearchTable.Remove(tx, id, again: true);
        }

        tx.Execute("DELETE FROM mail_part WHERE head = ?1", key);
        for (var number = 0; number < after.Parts.Count; number++)
        {
            tx.Execute("INSERT INTO mail_part(head, number, part) VALUES (?1, ?2, ?3)", key, number, after.Parts[number]);
        }

        tx.Execute(
            """
            INSERT INTO mail_head(id, size, missing, envelope, structure, preview, header, thread) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            ON CONFLICT(id) DO UPDATE SET size = excluded.size, missing = excluded.missing, envelope = excluded.envelope,
              structure = excluded.structure, preview = excluded.preview, header = excluded.header, thread = excluded.thread
            """,
            key, after.Size, after.Parts.Count == 0 ? 0 : Missing(tx, key), after.Envelope, after.Structure, after.Preview, after.Header, HexId.Bytes(after.Thread.Value));
        ThreadTable.Add(tx, id, after.Keys, after.Thread);
        OrderTable.Add(tx, id, after.Order);
        visibility.RevealWaitingFor(tx, id);
    }

    public void ApplyPart(WriteTransaction tx, string part, Document? before, bool isThere)
    {
        var heads = tx.Query("SELECT DISTINCT head FROM mail_part WHERE part = ?1", static row => row.GetBytes(0), part);
        if (!isThere)
        {
            if (before?.Json is { } json && heads.Any(head => IsNeeded(tx, new HeadId(HexId.Read(head)))))
            {
                Rescue(tx, part, json);
                return;
            }

            tx.Execute("DELETE FROM mail_part_present WHERE part = ?1", part);
        }
        else
        {
            tx.Execute("INSERT OR IGNORE INTO mail_part_present(part) VALUES (?1)", part);
        }

        foreach (var head in heads)
        {
            var missing = Missing(tx, head);
            tx.Execute("UPDATE mail_head SET missing = ?2 WHERE id = ?1", head, missing);
            if (missing == 0)
            {
                visibility.RevealWaitingFor(tx, new HeadId(HexId.Read(head)));
            }
        }
    }

    /// <summary>
    /// A message came, or came back, whose head was deleted here: another device moved or copied it without knowing. As long as the deletion is on its way,
    /// this device still has what it deleted.
    /// </summary>
    public static void RescueDeleted(WriteTransaction tx, HeadId head)
    {
        var id = DocumentIds.Of(head);
        if (DocumentBases.Find(tx, id) is { } json && tx.ScalarInt64("SELECT 1 FROM mail_head WHERE id = ?1", HexId.Bytes(head.Value)) is null)
        {
            Rescue(tx, id, json);
            foreach (var part in HeadRow.Read(id, json)?.Parts ?? [])
            {
                if (DocumentBases.Find(tx, part) is { } content)
                {
                    Rescue(tx, part, content);
                }
            }
        }
    }

    /// <summary>Whether an entry refers to the head.</summary>
    public static bool IsNeeded(ReadTransaction tx, HeadId head)
        => tx.ScalarInt64("SELECT 1 FROM mail_entry WHERE head = ?1 LIMIT 1", HexId.Bytes(head.Value)) is not null;

    /// <summary>Whether the head of a message of this size is here with all its parts.</summary>
    public static bool IsWhole(ReadTransaction tx, HeadId head, long size)
        => tx.ScalarInt64("SELECT 1 FROM mail_head WHERE id = ?1 AND size = ?2 AND missing = 0", HexId.Bytes(head.Value), size) is not null;

    /// <summary>The ids of a head's part documents.</summary>
    public static List<string> PartsOf(ReadTransaction tx, HeadId head)
        => tx.Query("SELECT part FROM mail_part WHERE head = ?1 ORDER BY number", static row => row.GetText(0), HexId.Bytes(head.Value));

    /// <summary>
    /// The last entry of a head is gone. When that was done here, head and parts go in the same transaction; when it came by sync, the
    /// other device deletes them, and should it not (two devices deleted one copy each), they are loose from now on.
    /// </summary>
    public void LastEntryGone(WriteTransaction tx, HeadId head, DateTimeOffset now)
    {
        var key = HexId.Bytes(head.Value);
        tx.Execute("DELETE FROM mail_part_present WHERE part IN (SELECT r.doc_id FROM mail_rescue r JOIN mail_part p ON p.part = r.doc_id WHERE p.head = ?1)", key);
        if (tx.Execute("DELETE FROM mail_rescue WHERE doc_id IN (SELECT part FROM mail_part WHERE head = ?1)", key) > 0)
        {
            tx.Execute("UPDATE mail_head SET missing = ?2 WHERE id = ?1", key, Missing(tx, key));
        }

        if (tx.Execute("DELETE FROM mail_rescue WHERE doc_id = ?1", DocumentIds.Of(head)) > 0)
        {
            Remove(tx, key);
        }
        else if (tx.ScalarInt64("SELECT 1 FROM mail_head WHERE id = ?1", key) is not null)
        {
            tx.Execute("INSERT OR IGNORE INTO mail_loose(head, since) VALUES (?1, ?2)", key, now.ToUnixTimeSeconds());
        }
    }

    private static void Rescue(WriteTransaction tx, string id, string json)
        => tx.Execute("INSERT OR REPLACE INTO mail_rescue(doc_id, json) VALUES (?1, ?2)", id, json);

    private static void Remove(WriteTransaction tx, byte[] head)
    {
        ThreadTable.Remove(tx, new HeadId(HexId.Read(head)));
        OrderTable.Remove(tx, head);
        tx.Execute("DELETE FROM mail_head WHERE id = ?1", head);
        tx.Execute("DELETE FROM mail_part WHERE head = ?1", head);
        tx.Execute("DELETE FROM mail_loose WHERE head = ?1", head);
        SearchTable.Remove(tx, new HeadId(HexId.Read(head)));
    }

    private static long Missing(ReadTransaction tx, byte[] head)
        => tx.ScalarInt64("SELECT count(*) FROM mail_part WHERE head = ?1 AND part NOT IN (SELECT part FROM mail_part_present)", head) ?? 0;
}
