using System.Globalization;
using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>One consistent view of a store. It ends with the function it is given to.</summary>
public partial class StoreReader
{
    internal StoreReader(ReadTransaction sql) => Sql = sql;

    /// <summary>The same view for the tables of projections and of other rooms.</summary>
    public ReadTransaction Sql { get; }

    /// <summary>Number of the latest change; 0 for an empty store.</summary>
    public long Generation => Sql.ScalarInt64("SELECT max(generation) FROM transaction_log") ?? 0;

    /// <summary>
    /// The current version, also of a deleted document (<see cref="Document.IsDeleted"/>), of which perhaps only a grave tells; null when there never was one.
    /// </summary>
    public virtual Document? Get(string id)
        => Sql.QueryFirstOrDefault(
            "SELECT doc_id, rev, json FROM document WHERE doc_id = ?1 UNION ALL SELECT doc_id, rev, NULL FROM buried WHERE doc_id = ?1", ReadDocument, id);

    /// <summary>All documents of a type that are not deleted, ordered by id. Meant for small kinds; mail is read from projections.</summary>
    public IEnumerable<Document> GetByType(string type)
        => Sql.Query("SELECT doc_id, rev, json FROM document WHERE type = ?1 ORDER BY doc_id", ReadDocument, type);

    /// <summary>The current versions of many documents, deleted ones included, in the order asked for; ids that there are none of are left out.</summary>
    public IReadOnlyList<Document> GetMany(IEnumerable<string> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        return [.. ids.Select(Get).OfType<Document>()];
    }

    /// <summary>All documents, page by page, ordered by id: contents of all together may be larger than the memory.</summary>
    /// <param name="after">The last id of the page before; null for the first page.</param>
    /// <param name="limit">Most documents of a page; the last page has fewer.</param>
    /// <param name="includeDeleted">Whether tombstones are wanted, too; without those that went into graves.</param>
    public IReadOnlyList<Document> GetAll(string? after, int limit, bool includeDeleted = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return includeDeleted
            ? Sql.Query("SELECT doc_id, rev, json FROM document WHERE doc_id > ?1 ORDER BY doc_id LIMIT ?2", ReadDocument, after ?? "", limit)
            : Sql.Query("SELECT doc_id, rev, json FROM document WHERE doc_id > ?1 AND json IS NOT NULL ORDER BY doc_id LIMIT ?2", ReadDocument, after ?? "", limit);
    }

    /// <summary>The number of documents.</summary>
    /// <param name="includeDeleted">Whether tombstones count, too; without those that went into graves.</param>
    public long Count(bool includeDeleted = false)
    {
        var all = Sql.ScalarInt64("SELECT count(*) FROM document") ?? 0;
        return includeDeleted ? all : all - (Sql.ScalarInt64("SELECT count(*) FROM document WHERE json IS NULL") ?? 0);
    }

    /// <summary>The number of documents of a type that are not deleted.</summary>
    public long CountByType(string type) => Sql.ScalarInt64("SELECT count(*) FROM document WHERE type = ?1", type) ?? 0;

    /// <summary>Who wrote the current version; null when there never was one.</summary>
    public DocumentWriter? WriterOf(string id)
        => Sql.QueryFirstOrDefault<DocumentWriter?>(
            "SELECT writer, seq FROM document WHERE doc_id = ?1",
            static row => new DocumentWriter(row.GetTextOrNull(0) is { } device ? DeviceId.Parse(device) : null, (ulong)row.GetInt64(1)),
            id);

    /// <summary>The other versions of a document in conflict; usually none.</summary>
    public IReadOnlyList<Document> Conflicts(string id)
        => Sql.Query("SELECT doc_id, rev, json FROM conflict WHERE doc_id = ?1 ORDER BY rowid", ReadDocument, id);

    /// <summary>A device-local setting; null when it was never set.</summary>
    public string? GetSetting(string name) => Sql.ScalarText("SELECT value FROM setting WHERE name = ?1", name);

    /// <summary>Of each document changed after a generation its last change, oldest first.</summary>
    public IReadOnlyList<StoreChange> Changes(long afterGeneration)
        => Sql.Query(
            """
            SELECT l.doc_id, l.generation, l.transaction_id, d.is_local, d.seq
            FROM (SELECT doc_id, max(generation) AS generation, transaction_id FROM transaction_log WHERE generation > ?1 GROUP BY doc_id) l
            JOIN document d ON d.doc_id = l.doc_id
            ORDER BY l.generation
            """,
            static row => new StoreChange(row.GetText(0), row.GetInt64(1), row.GetText(2), row.GetBoolean(3) ? (ulong)row.GetInt64(4) : null),
            afterGeneration);

    /// <summary>The transaction id of one of this store's generations; empty for 0, null for one that never was.</summary>
    public string? TransactionId(long generation)
        => generation == 0 ? "" : Sql.ScalarText("SELECT transaction_id FROM transaction_log WHERE generation = ?1", generation);

    /// <summary>The number of the latest local write when a generation was reached.</summary>
    internal ulong SeqAt(long generation) => (ulong)(Sql.ScalarInt64("SELECT seq FROM transaction_log WHERE generation = ?1", generation) ?? 0);

    /// <summary>What this store knows of another replica; (0, "") when nothing.</summary>
    public (long Generation, string TransactionId) GetSync(string replicaUid)
        => Sql.QueryFirstOrDefault<(long, string)?>(
            "SELECT generation, transaction_id FROM sync_log WHERE replica_uid = ?1",
            static row => (row.GetInt64(0), row.GetText(1)),
            replicaUid) ?? (0, "");

    /// <summary>The documents that sync put aside.</summary>
    public IReadOnlyList<QuarantinedDocument> Quarantined()
        => Sql.Query(
            "SELECT wire_id, generation, reason, since FROM quarantine ORDER BY generation",
            static row => new QuarantinedDocument(row.GetText(0), row.GetInt64(1), row.GetText(2), DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(3))));

    internal static Document ReadDocument(Row row) => new(row.GetText(0), row.GetText(1), row.GetTextOrNull(2));

    internal static string NewTransactionId() => "T-" + Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture);
}
