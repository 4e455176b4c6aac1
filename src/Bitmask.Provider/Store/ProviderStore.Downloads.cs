using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

/// <summary>
/// Documents to be sent, as a place in the order of generations: nothing of them is held, however many they are. A document that is changed
/// on the way moves beyond <see cref="Last"/> and is left to the next request.
/// </summary>
internal sealed record DocumentCursor
{
    public required UserId Account { get; init; }

    public required NewGeneration Head { get; init; }

    /// <summary>Lowest and highest generation that is still to come.</summary>
    public required long First { get; init; }

    public required long Last { get; init; }

    public long MinOctets { get; init; }

    public long MaxOctets { get; init; } = long.MaxValue;

    /// <summary>Documents that may still come.</summary>
    public long Left { get; init; } = long.MaxValue;

    public bool IsNewestFirst { get; init; }

    public bool WantsContent { get; init; } = true;

    /// <summary>Whose own documents of one sync are left out.</summary>
    public string Source { get; init; } = "";

    public string SyncId { get; init; } = "";

    /// <summary>Just these generations, in their order; null for all.</summary>
    public IReadOnlyList<long>? Only { get; init; }
}

/// <summary>A document as it is stored: its entry, and the octets of its content (null for a tombstone, or when they are not wanted).</summary>
internal sealed record StoredEntry(SyncEntry Entry, byte[]? Content);

internal sealed partial class ProviderStore
{
    /// <summary>Once so much of a download is read, it is sent before more is read.</summary>
    private const long PageOctets = 4 * 1024 * 1024;

    private const int PageDocuments = 256;

    private const string EntryColumns = "d.doc_id, d.rev, d.generation, d.trans_id, d.octets, d.content";

    private const string Ascending = $"""
        SELECT {EntryColumns} FROM document d WHERE d.account = ?1 AND d.generation >= ?2 AND d.generation <= ?3 AND NOT EXISTS (
            SELECT 1 FROM sync_seen s WHERE s.account = ?1 AND s.source = ?4 AND s.sync_id = ?5 AND s.doc_id = d.doc_id AND s.generation >= d.generation)
        ORDER BY d.generation LIMIT ?6
        """;

    private const string Descending = $"""
        SELECT {EntryColumns} FROM document d WHERE d.account = ?1 AND d.generation >= ?2 AND d.generation <= ?3 AND d.octets >= ?4 AND d.octets <= ?5
        ORDER BY d.generation DESC LIMIT ?6
        """;

    /// <summary>
    /// What a source that knows <see cref="SyncHeader.LastKnownGeneration"/> lacks, oldest change first, without what it has itself
    /// just sent under the same sync id.
    /// </summary>
    public DocumentCursor BeginDownload(UserId account, string source, SyncHeader header) => _database.Read(t =>
    {
        var replica = CheckHeader(t, account, header);
        var (first, syncId) = (header.LastKnownGeneration + 1, header.SyncId ?? "");
        var count = t.ScalarInt64(
            """
            SELECT count(*) FROM document d WHERE d.account = ?1 AND d.generation >= ?2 AND NOT EXISTS (
                SELECT 1 FROM sync_seen s WHERE s.account = ?1 AND s.source = ?3 AND s.sync_id = ?4 AND s.doc_id = d.doc_id AND s.generation >= d.generation)
            """,
            account.Value, first, source, syncId) ?? 0;
        return new DocumentCursor
        {
            Account = account,
            Head = Head(replica, count, header.Ensure),
            First = first,
            Last = replica.Generation,
            Source = source,
            SyncId = syncId,
        };
    });

    /// <summary>The current documents that a query asks for, newest change first.</summary>
    public DocumentCursor BeginQuery(UserId account, DocumentsQuery query) => _database.Read(t =>
    {
        var replica = ReadReplica(t, account) ?? throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist);
        var cursor = new DocumentCursor
        {
            Account = account,
            Head = Head(replica, 0, nameReplica: true),
            First = (query.Above ?? -1) + 1,
            Last = Math.Min(query.Below ?? long.MaxValue, replica.Generation + 1) - 1,
            MinOctets = query.MinContentOctets ?? 0,
            MaxOctets = query.MaxContentOctets ?? long.MaxValue,
            Left = query.Limit ?? long.MaxValue,
            IsNewestFirst = true,
            WantsContent = query.Content ?? true,
        };
        if (query.Ids is not null)
        {
            var found = query.Ids.Distinct()
                .Select(id => t.ScalarInt64(
                    "SELECT generation FROM document WHERE account = ?1 AND doc_id = ?2 AND generation >= ?3 AND generation <= ?4 AND octets >= ?5 AND octets <= ?6",
                    account.Value, id, cursor.First, cursor.Last, cursor.MinOctets, cursor.MaxOctets))
                .OfType<long>().OrderDescending().Take(query.Limit ?? int.MaxValue).ToList();
            return cursor with { Only = found, Head = Head(replica, found.Count, nameReplica: true) };
        }

        var count = t.ScalarInt64(
            "SELECT count(*) FROM (SELECT 1 FROM document WHERE account = ?1 AND generation >= ?2 AND generation <= ?3 AND octets >= ?4 AND octets <= ?5 ORDER BY generation DESC LIMIT ?6)",
            account.Value, cursor.First, cursor.Last, cursor.MinOctets, cursor.MaxOctets, cursor.Left) ?? 0;
        return cursor with { Left = count, Head = Head(replica, count, nameReplica: true) };
    });

    /// <summary>
    /// Reads the next documents, no more than fit well into memory, on a snapshot of its own: a slow client holds none. The answer's cursor
    /// is null when these are the last.
    /// </summary>
    public (IReadOnlyList<StoredEntry> Entries, DocumentCursor? Next) ReadPage(DocumentCursor cursor) => _database.Read(t =>
    {
        var (entries, octets, account) = (new List<StoredEntry>(), 0L, cursor.Account.Value);
        bool Take(Row row)
        {
            entries.Add(ReadEntry(row, cursor.WantsContent));
            octets += entries[^1].Content?.Length ?? 0;
            return octets < PageOctets;
        }

        var most = Math.Min(PageDocuments, cursor.Left);
        if (cursor.Only is { } only)
        {
            var taken = 0;
            while (taken < Math.Min(only.Count, PageDocuments) && octets < PageOctets)
            {
                t.Scan(Descending, Take, account, only[taken], only[taken], 0, long.MaxValue, 1);
                taken++;
            }

            return ((IReadOnlyList<StoredEntry>)entries, taken < only.Count ? cursor with { Only = [.. only.Skip(taken)] } : null);
        }

        if (cursor.IsNewestFirst)
        {
            t.Scan(Descending, Take, account, cursor.First, cursor.Last, cursor.MinOctets, cursor.MaxOctets, most);
        }
        else
        {
            t.Scan(Ascending, Take, account, cursor.First, cursor.Last, cursor.Source, cursor.SyncId, most);
        }

        var left = cursor.Left - entries.Count;
        return ((IReadOnlyList<StoredEntry>)entries, entries.Count == 0 || left == 0 || (entries.Count < most && octets < PageOctets) ? null
            : cursor.IsNewestFirst ? cursor with { Last = entries[^1].Entry.Generation - 1, Left = left }
            : cursor with { First = entries[^1].Entry.Generation + 1, Left = left });
    });

    private static NewGeneration Head(ReplicaState replica, long count, bool nameReplica) => new()
    {
        Generation = replica.Generation,
        TransactionId = replica.TransactionId,
        NumberOfChanges = (int)Math.Min(count, int.MaxValue),
        ReplicaUid = nameReplica ? replica.Uid : null,
    };

    private static StoredEntry ReadEntry(Row row, bool wantsContent)
    {
        var isTombstone = row.IsNull(5);
        var entry = new SyncEntry
        {
            Id = row.GetText(0),
            Rev = row.GetText(1),
            Generation = row.GetInt64(2),
            TransactionId = row.GetText(3),
            Size = wantsContent || isTombstone ? null : row.GetInt64(4),
        };
        return new StoredEntry(entry, wantsContent && !isTombstone ? row.GetBytes(5) : null);
    }
}
