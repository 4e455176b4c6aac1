using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Documents that this device owes (docs/decisions/0027). A command over many messages changes the tables that mail is read from and notes here, in the
/// same transaction, what it did; the documents follow in small pieces (<see cref="OwedWriter"/>). Whoever looks at a document in a transaction
/// finds it as it has to be: what is owed to it is written before.
/// </summary>
internal sealed class OwedTable
{
    public const string Tables =
        """
        -- Device truth: what commands over many messages did that is not in the documents yet. act: JSON of OwedAct.
        CREATE TABLE mail_owed_act(id INTEGER PRIMARY KEY AUTOINCREMENT, act TEXT NOT NULL);

        -- kind: 1 changed, 2 copied from source, 3 deleted (it has no UID any more, its other rows go with its document).
        CREATE TABLE mail_owed(entry BLOB NOT NULL, act INTEGER NOT NULL, kind INTEGER NOT NULL, source BLOB, PRIMARY KEY(entry, act)) WITHOUT ROWID;
        CREATE INDEX mail_owed_source ON mail_owed(source) WHERE source IS NOT NULL;

        """;

    public const int Changed = 1;
    public const int Copied = 2;
    public const int Deleted = 3;

    /// <summary>Of rows with an <c>id</c>: entries that wait for their deletion.</summary>
    public const string IsDoomed = "id IN (SELECT entry FROM mail_owed WHERE kind = 3)";

    private readonly Dictionary<long, OwedAct> _acts = [];
    private bool _any;

    private OwedTable(WriteTransaction tx) => _any = Any(tx);

    /// <summary>Whether anything is owed.</summary>
    public static bool Any(ReadTransaction tx) => tx.ScalarInt64("SELECT 1 FROM mail_owed LIMIT 1") is not null;

    /// <summary>Notes an act; the rows of its entries follow in the same transaction.</summary>
    public static long Add(WriteTransaction tx, OwedAct act)
    {
        Tally.Of(tx).SeenLamport(act.Counter);
        tx.Execute("INSERT INTO mail_owed_act(act) VALUES (?1)", MailJson.Write(act, MailJson.Owed));
        var id = tx.LastInsertRowId;
        var owed = tx.Keep(static tx => new OwedTable(tx));
        owed._acts.Add(id, act);
        owed._any = true;
        return id;
    }

    /// <summary>Writes what is owed to an entry's document, and to copies of it.</summary>
    public static void Settle(StoreTransaction tx, EntryId entry, EntryTable entries)
    {
        var owed = tx.Sql.Keep(static tx => new OwedTable(tx));
        if (owed._any)
        {
            owed.SettleOne(tx, entry, entries);
        }
    }

    /// <summary>Writes what is owed to some entries.</summary>
    /// <returns>False when nothing was owed.</returns>
    public static bool SettleSome(StoreTransaction tx, int limit)
    {
        var entries = tx.Sql.Query("SELECT DISTINCT entry FROM mail_owed LIMIT ?1", static row => new EntryId(HexId.Read(row.GetBytes(0))), limit);
        foreach (var entry in entries)
        {
            // Which has it settled.
            tx.Get(DocumentIds.Of(entry));
        }

        if (entries.Count < limit)
        {
            tx.Sql.Execute("DELETE FROM mail_owed_act WHERE NOT EXISTS (SELECT 1 FROM mail_owed)");
        }

        return entries.Count > 0;
    }

    /// <summary>The document of an entry as it is once all is written; null when there is none. Deletions that are owed are left out of account.</summary>
    public static EntryDocument? Read(StoreReader reader, EntryId entry)
    {
        var acts = new Dictionary<long, OwedAct>();
        return Fold(reader, entry, long.MaxValue, acts).Document;
    }

    private static List<(long Act, int Kind, EntryId? Source)> Rows(ReadTransaction sql, EntryId entry, long before)
        => sql.Query(
            "SELECT act, kind, source FROM mail_owed WHERE entry = ?1 AND act < ?2 ORDER BY act",
            static row => (row.GetInt64(0), row.GetInt32(1), row.GetBytesOrNull(2) is { } source ? new EntryId(HexId.Read(source)) : (EntryId?)null),
            HexId.Bytes(entry.Value), before);

    private static (EntryDocument? Document, string? Rev, bool IsChanged, bool IsDeleted) Fold(StoreReader reader, EntryId entry, long before, Dictionary<long, OwedAct> acts)
    {
        var stored = reader.Get(DocumentIds.Of(entry));
        var document = stored?.Json is { } json ? MailJson.TryRead(json, MailJson.Entry) : null;
        var (isChanged, isDeleted) = (false, false);
        foreach (var (id, kind, source) in Rows(reader.Sql, entry, before))
        {
            var act = ActOf(reader.Sql, id, acts);
            var next = kind == Copied
                ? source is { } from && Fold(reader, from, id, acts).Document is { } original ? act.Copy(original, entry) : document
                : document is null ? null : act.Apply(document);
            isChanged |= !ReferenceEquals(next, document);
            isDeleted |= kind == Deleted;
            document = next;
        }

        return (document, stored?.Rev, isChanged, isDeleted);
    }

    private static OwedAct ActOf(ReadTransaction sql, long id, Dictionary<long, OwedAct> acts)
    {
        if (!acts.TryGetValue(id, out var act))
        {
            act = MailJson.TryRead(sql.ScalarText("SELECT act FROM mail_owed_act WHERE id = ?1", id), MailJson.Owed)
                ?? throw new InvalidDataException($"The act {id} that documents are owed for can not be read.");
            acts.Add(id, act);
        }

        return act;
    }

    private void SettleOne(StoreTransaction tx, EntryId entry, EntryTable entries)
    {
        // Copies were made of what it was then, and copies of those.
        var key = HexId.Bytes(entry.Value);
        foreach (var copy in tx.Sql.Query("SELECT entry FROM mail_owed WHERE source = ?1 ORDER BY act", static row => new EntryId(HexId.Read(row.GetBytes(0))), key))
        {
            SettleOne(tx, copy, entries);
        }

        Write(tx, entry, entries);
    }

    private void Write(StoreTransaction tx, EntryId entry, EntryTable entries)
    {
        var (document, rev, isChanged, isDeleted) = Fold(tx, entry, long.MaxValue, _acts);
        if (tx.Sql.Execute("DELETE FROM mail_owed WHERE entry = ?1", HexId.Bytes(entry.Value)) == 0)
        {
            return;
        }

        var mail = new MailTransaction(tx, "");
        if (rev is null && (isDeleted || document is null))
        {
            // A copy that went before it had a document.
            var head = EntryTable.Find(tx.Sql, entry)?.Head;
            entries.Apply(tx.Sql, entry, null);
            if (head is { } last && !HeadTable.IsNeeded(tx.Sql, last))
            {
                mail.DeleteHead(last);
            }
        }
        else if (isDeleted)
        {
            mail.Delete(entry);
        }
        else if (isChanged && document is not null)
        {
            tx.Put(DocumentIds.Of(entry), rev, MailJson.Write(document, MailJson.Entry));
        }
    }
}
