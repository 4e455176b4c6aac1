using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    /// <summary>How long the documents of one upload are not sent back to their sender.</summary>
    private const long SeenSeconds = 60 * 60;

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
            INSERT INTO document(account, doc_id, rev, generation, trans_id, content, octets) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            ON CONFLICT(account, doc_id) DO UPDATE SET
                rev = excluded.rev, generation = excluded.generation, trans_id = excluded.trans_id, content = excluded.content, octets = excluded.octets
            """,
            account.Value, id, rev, replica.Generation, replica.TransactionId, content, content?.Length ?? 0);
        transaction.Execute(
            "INSERT INTO transaction_log(account, generation, trans_id, doc_id) VALUES (?1, ?2, ?3, ?4)", account.Value, replica.Generation, replica.TransactionId, id);
        transaction.Execute("UPDATE replica SET generation = ?2, trans_id = ?3 WHERE account = ?1", account.Value, replica.Generation, replica.TransactionId);
    }

    private sealed record ReplicaState(string Uid, long Generation, string TransactionId);
}
