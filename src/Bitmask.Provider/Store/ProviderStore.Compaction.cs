using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    /// <summary>A device that was not here for so many days no longer holds up the removal of what it has not seen (security.md B2).</summary>
    public const int ForgottenDays = 180;

    /// <summary>Most replicas of one account.</summary>
    private const int MaxSources = 1000;

    /// <summary>Generations of one account that one transaction of housekeeping looks at.</summary>
    private const int CompactionStep = 10_000;

    /// <summary>
    /// The generation that every device has told to have, and below which nothing is needed for their sake. LEAP's clients know no graves and do not recover from
    /// an unknown generation, so for their accounts no replica is ever forgotten. 0 when nobody told anything yet.
    /// </summary>
    public long ReadHorizon(UserId account) => _database.Read(t => ReadHorizon(t, account));

    /// <summary>
    /// Removes documents that a client names as replaced by graves (security.md A7): only the very version named, and only when every device has seen it. Who repeats
    /// the request gets the same answer.
    /// </summary>
    public Task<CompactAnswer> CompactAsync(UserId account, IReadOnlyList<CompactItem> items, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            var replica = ReadReplica(t, account) ?? throw new SoledadProtocolException(WireErrors.DatabaseDoesNotExist);
            var horizon = ReadHorizon(t, account);
            var (removed, kept) = (new List<string>(), new List<string>());
            foreach (var item in items)
            {
                var row = t.QueryFirstOrDefault(
                    "SELECT rev, generation FROM document WHERE account = ?1 AND doc_id = ?2", static r => (Rev: r.GetText(0), Generation: r.GetInt64(1)), account.Value, item.Id);
                if (row.Rev is not null && (row.Rev != item.Rev || row.Generation > horizon))
                {
                    kept.Add(item.Id);
                    continue;
                }

                removed.Add(item.Id);
                if (row.Rev is not null)
                {
                    t.Execute("DELETE FROM document WHERE account = ?1 AND doc_id = ?2", account.Value, item.Id);
                    DropSuperseded(t, account, replica, row.Generation);
                    t.Execute("UPDATE replica SET compacted_generation = max(compacted_generation, ?2) WHERE account = ?1", account.Value, row.Generation);
                }
            }

            return new CompactAnswer { Removed = removed, Kept = kept, Horizon = horizon };
        },
        cancellationToken);

    /// <summary>
    /// A device has given up a name: it need not be waited for any more. What is known of its changes stays, so that a copy of the device is still told apart from it;
    /// whoever goes on under the name is waited for again from the next request on.
    /// </summary>
    public Task ForgetSourceAsync(UserId account, SyncSource source, CancellationToken cancellationToken)
        => _database.WriteAsync(t => t.Execute("DELETE FROM replica_ack WHERE account = ?1 AND source = ?2", account.Value, source.Replica), cancellationToken);

    /// <summary>
    /// Removes what every device of an account has seen and nobody will ask for: superseded rows of the log, and the bare tombstones of leap accounts. Sealed
    /// deletions look like any document; those go by <see cref="CompactAsync(UserId, IReadOnlyList{CompactItem}, CancellationToken)"/>.
    /// </summary>
    public async Task CompactAsync(CancellationToken cancellationToken)
    {
        foreach (var account in _database.Read(t => t.Query("SELECT account FROM replica WHERE generation > pruned_generation", static row => new UserId(row.GetText(0)))))
        {
            // A step at a time: other accounts' writes go on in between.
            while (await _database.WriteAsync(t => CompactStep(t, account), cancellationToken))
            {
            }
        }
    }

    /// <summary>Whether there is more to do.</summary>
    private bool CompactStep(WriteTransaction transaction, UserId account)
    {
        if (ReadReplica(transaction, account) is not { } replica || ReadHorizon(transaction, account) is var horizon && horizon <= replica.Pruned)
        {
            return false;
        }

        var until = Math.Min(horizon, replica.Pruned + CompactionStep);
        if (IsLeap(transaction, account))
        {
            var highest = transaction.ScalarInt64(
                "SELECT max(generation) FROM document WHERE account = ?1 AND generation > ?2 AND generation <= ?3 AND octets = 0 AND content IS NULL", account.Value, replica.Pruned, until);
            transaction.Execute(
                "DELETE FROM document WHERE account = ?1 AND generation > ?2 AND generation <= ?3 AND octets = 0 AND content IS NULL", account.Value, replica.Pruned, until);
            transaction.Execute("UPDATE replica SET compacted_generation = max(compacted_generation, ?2) WHERE account = ?1", account.Value, highest ?? 0);
        }

        // The row of the horizon itself stays: it is what the devices that are there prove to know.
        transaction.Execute(
            """
            DELETE FROM transaction_log WHERE account = ?1 AND generation >= ?2 AND generation < ?3 AND NOT EXISTS (
                SELECT 1 FROM document d WHERE d.account = ?1 AND d.generation = transaction_log.generation)
            """,
            account.Value, replica.Pruned, until);
        transaction.Execute("UPDATE replica SET pruned_generation = ?2 WHERE account = ?1", account.Value, until);
        return until < horizon;
    }

    private long ReadHorizon(ReadTransaction transaction, UserId account) => transaction.ScalarInt64(
        """
        SELECT min(a.generation) FROM replica_ack a LEFT JOIN device d ON d.account = a.account AND d.device = a.device
        WHERE a.account = ?1 AND d.revoked_day IS NULL AND max(a.seen_day, ifnull(d.seen_day, 0)) >= ?2
        """,
        account.Value, IsLeap(transaction, account) ? long.MinValue : Today - ForgottenDays) ?? 0;

    private static bool IsLeap(ReadTransaction transaction, UserId account) => transaction.ScalarText("SELECT mode FROM user WHERE id = ?1", account.Value) == "leap";

    /// <summary>A row of the log whose document went on, below the generation down to which the log was cleaned already.</summary>
    private static void DropSuperseded(WriteTransaction transaction, UserId account, ReplicaState replica, long generation)
    {
        if (generation > 0 && generation < replica.Pruned)
        {
            transaction.Execute("DELETE FROM transaction_log WHERE account = ?1 AND generation = ?2", account.Value, generation);
        }
    }

    /// <summary>What a request tells of its source: what it has, and that it is alive. Null when that is known already.</summary>
    private Acknowledgement? NewAcknowledgement(ReadTransaction transaction, UserId account, SyncSource source, SyncHeader? header)
    {
        var known = transaction.QueryFirstOrDefault(
            "SELECT generation, seen_day, device FROM replica_ack WHERE account = ?1 AND source = ?2",
            static row => new Acknowledgement(row.GetInt64(0), row.GetInt64(1), row.GetTextOrNull(2)), account.Value, source.Replica);

        // A source that still fetches what lies below its generation has not seen that; one that was set back has seen less than it once told.
        var now = new Acknowledgement(header is null or { Backfill: true } ? known?.Generation ?? 0 : header.LastKnownGeneration, Today, source.Device ?? known?.Device);
        return now == known ? null : now;
    }

    private void WriteAcknowledgement(WriteTransaction transaction, UserId account, SyncSource source, Acknowledgement? acknowledgement)
    {
        if (acknowledgement is not null)
        {
            MakeRoom(transaction, account, source);
            transaction.Execute(
                """
                INSERT INTO replica_ack(account, source, generation, seen_day, device) VALUES (?1, ?2, ?3, ?4, ?5)
                ON CONFLICT(account, source) DO UPDATE SET generation = excluded.generation, seen_day = excluded.seen_day, device = excluded.device
                """,
                account.Value, source.Replica, acknowledgement.Generation, acknowledgement.SeenDay, acknowledgement.Device);
        }
    }

    /// <summary>An account has room for so many replicas as nobody ever had; a program gone wrong, which takes a new name each time, is stopped.</summary>
    private void MakeRoom(WriteTransaction transaction, UserId account, SyncSource source)
    {
        const string Count = "SELECT count(*) FROM replica_ack WHERE account = ?1 AND source <> ?2";
        if (transaction.ScalarInt64(Count, account.Value, source.Replica) < MaxSources)
        {
            return;
        }

        if (!IsLeap(transaction, account))
        {
            transaction.Execute("DELETE FROM sync_from WHERE account = ?1 AND source IN (SELECT source FROM replica_ack WHERE account = ?1 AND seen_day < ?2)", account.Value, Today - ForgottenDays);
            transaction.Execute("DELETE FROM replica_ack WHERE account = ?1 AND seen_day < ?2", account.Value, Today - ForgottenDays);
        }

        if (transaction.ScalarInt64(Count, account.Value, source.Replica) >= MaxSources)
        {
            throw new SoledadProtocolException(WireErrors.QuotaExceeded, "Too many replicas.");
        }
    }

    private sealed record Acknowledgement(long Generation, long SeenDay, string? Device);
}

/// <summary>Who syncs: a replica, and the device whose session it is, as far as that is known.</summary>
internal sealed record SyncSource(string Replica, string? Device = null);
