using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

/// <summary>The documents that a download is to bring, by row and generation only: a million of them are 16 MB.</summary>
internal sealed record PendingDownload(NewGeneration Head, IReadOnlyList<(long Row, long Generation)> Changes);

internal sealed partial class ProviderStore
{
    /// <summary>How long the documents of one upload are not sent back to their sender.</summary>
    private const long SeenSeconds = 60 * 60;

    /// <summary>Once so much of a download is read, it is sent before more is read.</summary>
    private const long DownloadOctets = 4 * 1024 * 1024;

    /// <summary>What the account's database and a source replica know of each other; null when there is no database.</summary>
    public SyncInfo? ReadSyncInfo(UserId account, string source) => _database.Read(t =>
    {
        if (ReadReplica(t, account) is not { } replica)
        {
            return null;
        }

        var known = ReadSource(t, account, source);
        return new SyncInfo
        {
            TargetReplicaUid = replica.Uid,
            TargetReplicaGeneration = replica.Generation,
            TargetReplicaTransactionId = replica.TransactionId,
            SourceReplicaUid = source,
            SourceReplicaGeneration = known.Generation,
            SourceTransactionId = known.TransactionId,
        };
    });

    /// <summary>Records the generation a source has reached by itself. Going backwards is refused: it would make the source send again what changed since.</summary>
    public Task RecordSourceAsync(UserId account, string source, long generation, string transactionId, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            _ = ReadReplica(t, account) ?? throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist);
            SyncDecision.CheckSource(ReadSource(t, account, source), generation, transactionId);
            WriteSource(t, account, source, (generation, transactionId));
        },
        cancellationToken);

    /// <summary>Checks the first line of a request, and makes the database when asked to. Answers the database's replica uid.</summary>
    public Task<string> BeginSyncAsync(UserId account, SyncHeader header, CancellationToken cancellationToken)
    {
        if (!header.Ensure || _database.Read(t => ReadReplica(t, account)) is not null)
        {
            return Task.FromResult(_database.Read(t => CheckHeader(t, account, header)).Uid);
        }

        return _database.WriteAsync(
            t =>
            {
                EnsureReplica(t, account);
                return CheckHeader(t, account, header).Uid;
            },
            cancellationToken);
    }

    /// <summary>
    /// What a source that knows <see cref="SyncHeader.LastKnownGeneration"/> lacks, oldest change first, without what it has itself
    /// just sent under the same sync id.
    /// </summary>
    public PendingDownload BeginDownload(UserId account, string source, SyncHeader header) => _database.Read(t =>
    {
        var replica = CheckHeader(t, account, header);
        var changes = t.Query(
            """
            SELECT d.rowid, d.generation FROM document d WHERE d.account = ?1 AND d.generation > ?2 AND NOT EXISTS (
                SELECT 1 FROM sync_seen s WHERE s.account = ?1 AND s.source = ?3 AND s.sync_id = ?4 AND s.doc_id = d.doc_id AND s.generation >= d.generation)
            ORDER BY d.generation
            """,
            static row => (row.GetInt64(0), row.GetInt64(1)), account.Value, header.LastKnownGeneration, source, header.SyncId ?? "");
        var head = new NewGeneration
        {
            Generation = replica.Generation,
            TransactionId = replica.TransactionId,
            NumberOfChanges = changes.Count,
            ReplicaUid = header.Ensure ? replica.Uid : null,
        };
        return new PendingDownload(head, changes);
    });

    /// <summary>
    /// Reads some of the pending documents: the first ones, at least one, and no more than fit well into memory. A document that changed since comes with its newer revision under the older generation;
    /// the next sync brings it again, and it converges.
    /// </summary>
    public IReadOnlyList<SyncEntry> ReadDownload(UserId account, IEnumerable<(long Row, long Generation)> changes) => _database.Read<IReadOnlyList<SyncEntry>>(t =>
    {
        var entries = new List<SyncEntry>();
        var octets = 0L;
        foreach (var (row, generation) in changes)
        {
            var entry = ReadEntry(t, account, row, generation) ?? throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist);
            entries.Add(entry);
            octets += entry.Content?.Length ?? 0;
            if (octets >= DownloadOctets)
            {
                break;
            }
        }

        return entries;
    });

    /// <summary>Puts a document made by the provider itself into a leap account: how LEAP delivers mail.</summary>
    public Task<bool> AddDocumentAsync(UserId account, string id, string content, byte[]? repeatHash, TimeSpan remember, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            if (repeatHash is not null && !TryRemember(t, account, repeatHash, remember))
            {
                return false;
            }

            var replica = EnsureReplica(t, account);
            StoreDocument(t, account, ref replica, id, Revision.Empty.Increment(replica.Uid).ToString(), Encoding.UTF8.GetBytes(content));
            TellAfterCommit(t, account);
            return true;
        },
        cancellationToken);

    private static SyncEntry? ReadEntry(ReadTransaction transaction, UserId account, long rowId, long generation) => transaction.QueryFirstOrDefault(
        """
        SELECT d.doc_id, d.rev, d.content, l.trans_id FROM document d JOIN transaction_log l ON l.account = d.account AND l.generation = ?2
        WHERE d.rowid = ?1 AND d.account = ?3
        """,
        row => new SyncEntry
        {
            Id = row.GetText(0),
            Rev = row.GetText(1),
            Content = row.GetTextOrNull(2),
            TransactionId = row.GetText(3),
            Generation = generation,
        },
        rowId, generation, account.Value);

    private static ReplicaState? ReadReplica(ReadTransaction transaction, UserId account) => transaction.QueryFirstOrDefault(
        "SELECT uid, generation, trans_id FROM replica WHERE account = ?1", static row => new ReplicaState(row.GetText(0), row.GetInt64(1), row.GetText(2)), account.Value);

    private static ReplicaState EnsureReplica(WriteTransaction transaction, UserId account)
    {
        if (ReadReplica(transaction, account) is { } existing)
        {
            return existing;
        }

        var made = new ReplicaState(Guid.NewGuid().ToString("n"), 0, "");
        transaction.Execute("INSERT INTO replica(account, uid, generation, trans_id) VALUES (?1, ?2, ?3, ?4)", account.Value, made.Uid, made.Generation, made.TransactionId);
        return made;
    }

    /// <summary>A generation that never was, or had another transaction id, tells of a copied or restored database on one side.</summary>
    private static ReplicaState CheckHeader(ReadTransaction transaction, UserId account, SyncHeader header)
    {
        var replica = ReadReplica(transaction, account) ?? throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist);
        if (header.LastKnownGeneration == 0)
        {
            return replica;
        }

        var transactionId = header.LastKnownGeneration < 0
            ? null
            : transaction.ScalarText("SELECT trans_id FROM transaction_log WHERE account = ?1 AND generation = ?2", account.Value, header.LastKnownGeneration);
        return transactionId is null ? throw new SoledadProtocolException(WireErrors.InvalidGeneration)
            : transactionId != header.LastKnownTransactionId ? throw new SoledadProtocolException(WireErrors.InvalidTransactionId)
            : replica;
    }

    private static (long Generation, string TransactionId) ReadSource(ReadTransaction transaction, UserId account, string source)
    {
        var known = transaction.QueryFirstOrDefault(
            "SELECT generation, trans_id FROM sync_from WHERE account = ?1 AND source = ?2", static row => (row.GetInt64(0), row.GetText(1)), account.Value, source);
        return known.Item2 is null ? (0, "") : known;
    }

    private static void WriteSource(WriteTransaction transaction, UserId account, string source, (long Generation, string TransactionId) known) => transaction.Execute(
        """
        INSERT INTO sync_from(account, source, generation, trans_id) VALUES (?1, ?2, ?3, ?4)
        ON CONFLICT(account, source) DO UPDATE SET generation = excluded.generation, trans_id = excluded.trans_id
        """,
        account.Value, source, known.Generation, known.TransactionId);

    private static void StoreDocument(WriteTransaction transaction, UserId account, ref ReplicaState replica, string id, string rev, byte[]? content)
    {
        replica = replica with { Generation = replica.Generation + 1, TransactionId = "T-" + Guid.NewGuid().ToString("n") };
        transaction.Execute(
            """
            INSERT INTO document(account, doc_id, rev, generation, trans_id, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT(account, doc_id) DO UPDATE SET rev = excluded.rev, generation = excluded.generation, trans_id = excluded.trans_id, content = excluded.content
            """,
            account.Value, id, rev, replica.Generation, replica.TransactionId, content);
        transaction.Execute(
            "INSERT INTO transaction_log(account, generation, trans_id, doc_id) VALUES (?1, ?2, ?3, ?4)", account.Value, replica.Generation, replica.TransactionId, id);
        transaction.Execute("UPDATE replica SET generation = ?2, trans_id = ?3 WHERE account = ?1", account.Value, replica.Generation, replica.TransactionId);
    }

    private sealed record ReplicaState(string Uid, long Generation, string TransactionId);
}
