using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    /// <summary>How long the documents of one upload are not sent back to their sender.</summary>
    private const long SeenSeconds = 60 * 60;

    /// <summary>What the account's database and a source replica know of each other; null when there is no database. The source is alive, and that is noted once a day.</summary>
    public async Task<SyncInfo?> ReadSyncInfoAsync(UserId account, SyncSource source, CancellationToken cancellationToken)
    {
        var (info, acknowledgement) = _database.Read<(SyncInfo?, Acknowledgement?)>(t =>
        {
            if (ReadReplica(t, account) is not { } replica)
            {
                return (null, null);
            }

            var known = ReadSource(t, account, source.Replica);
            var found = new SyncInfo
            {
                TargetReplicaUid = replica.Uid,
                TargetReplicaGeneration = replica.Generation,
                TargetReplicaTransactionId = replica.TransactionId,
                SourceReplicaUid = source.Replica,
                SourceReplicaGeneration = known.Generation,
                SourceTransactionId = known.TransactionId,
            };
            return (found, NewAcknowledgement(t, account, source, null));
        });
        if (acknowledgement is not null)
        {
            await _database.WriteAsync(t => WriteAcknowledgement(t, account, source, NewAcknowledgement(t, account, source, null)), cancellationToken);
        }

        return info;
    }

    /// <summary>Records the generation a source has reached by itself. Going backwards is refused: it would make the source send again what changed since.</summary>
    public Task RecordSourceAsync(UserId account, SyncSource source, long generation, string transactionId, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            _ = ReadReplica(t, account) ?? throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist);
            SyncDecision.CheckSource(ReadSource(t, account, source.Replica), generation, transactionId);
            WriteAcknowledgement(t, account, source, NewAcknowledgement(t, account, source, null));
            WriteSource(t, account, source.Replica, (generation, transactionId));
        },
        cancellationToken);

    /// <summary>
    /// Checks the first line of a request, makes the database when asked to, and, if <paramref name="acknowledges"/>, notes what the source has and that it is alive: before it is
    /// sent anything, so that nothing it is about to learn of is removed. An upload notes it together with its documents. Answers the database's replica uid.
    /// </summary>
    public Task<string> BeginSyncAsync(UserId account, SyncSource source, SyncHeader header, bool acknowledges, CancellationToken cancellationToken)
    {
        var uid = _database.Read(t => ReadReplica(t, account) is null && header.Ensure ? null
            : CheckHeader(t, account, header) is var replica && acknowledges && NewAcknowledgement(t, account, source, header) is not null ? null
            : replica.Uid);
        return uid is not null ? Task.FromResult(uid) : _database.WriteAsync(
            t =>
            {
                if (header.Ensure)
                {
                    EnsureReplica(t, account);
                }

                var replica = CheckHeader(t, account, header);
                if (acknowledges && source.Replica != replica.Uid)
                {
                    WriteAcknowledgement(t, account, source, NewAcknowledgement(t, account, source, header));
                }

                return replica.Uid;
            },
            cancellationToken);
    }

    /// <summary>Puts a document made by the provider itself into a leap account: how LEAP delivers mail.</summary>
    public Task<AddOutcome> AddDocumentAsync(
        UserId account, string id, string content, byte[]? repeatHash, TimeSpan remember, CancellationToken cancellationToken, long room = long.MaxValue) => _database.WriteAsync(
        t =>
        {
            if (TryAdmit(t, account, content.Length, room, repeatHash, remember) is var admitted and not AddOutcome.Added)
            {
                return admitted;
            }

            var replica = EnsureReplica(t, account);
            StoreDocument(t, account, ref replica, 0, id, Revision.Empty.Increment(replica.Uid).ToString(), Encoding.UTF8.GetBytes(content));
            TellAfterCommit(t, account);
            return AddOutcome.Added;
        },
        cancellationToken);

    private static ReplicaState? ReadReplica(ReadTransaction transaction, UserId account) => transaction.QueryFirstOrDefault(
        "SELECT uid, generation, trans_id, compacted_generation, pruned_generation FROM replica WHERE account = ?1",
        static row => new ReplicaState(row.GetText(0), row.GetInt64(1), row.GetText(2), row.GetInt64(3), row.GetInt64(4)), account.Value);

    private static ReplicaState EnsureReplica(WriteTransaction transaction, UserId account)
    {
        if (ReadReplica(transaction, account) is { } existing)
        {
            return existing;
        }

        if (transaction.ScalarInt64("SELECT 1 FROM user WHERE id = ?1", account.Value) is null)
        {
            throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist); // deleted while the request was on its way
        }

        var made = new ReplicaState(Guid.NewGuid().ToString("n"), 0, "", 0, 0);
        transaction.Execute("INSERT INTO replica(account, uid, generation, trans_id) VALUES (?1, ?2, ?3, ?4)", account.Value, made.Uid, made.Generation, made.TransactionId);
        return made;
    }

    /// <summary>
    /// A generation that never was, or had another transaction id, tells of a copied or restored database on one side. One below a removed deletion can not be told what it
    /// lacks any more: whoever was away for so long compares everything anew.
    /// </summary>
    private static ReplicaState CheckHeader(ReadTransaction transaction, UserId account, SyncHeader header)
    {
        var replica = ReadReplica(transaction, account) ?? throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist);
        if (header.LastKnownGeneration == 0)
        {
            return replica;
        }

        var transactionId = header.LastKnownGeneration < replica.Compacted
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

    private static void StoreDocument(WriteTransaction transaction, UserId account, ref ReplicaState replica, long previous, string id, string rev, byte[]? content)
    {
        DropSuperseded(transaction, account, replica, previous);
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

    /// <param name="Uid">Its replica uid.</param>
    /// <param name="Generation">Its last change.</param>
    /// <param name="TransactionId">The id of that.</param>
    /// <param name="Compacted">The highest generation of a document that was removed for good.</param>
    /// <param name="Pruned">Below it the log has no rows of documents that went on.</param>
    private sealed record ReplicaState(string Uid, long Generation, string TransactionId, long Compacted, long Pruned);
}
