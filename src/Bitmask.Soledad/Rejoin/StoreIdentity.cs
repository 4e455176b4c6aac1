using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>Who a store is. No two copies may have the same, or their changes would look alike and one of them be lost (security.md B5).</summary>
/// <param name="ReplicaUid">Names it in revisions and at the provider.</param>
/// <param name="DeviceId">Names it inside sealed documents.</param>
internal sealed record StoreIdentity(string ReplicaUid, DeviceId DeviceId)
{
    private const int PageSize = 512;

    public static StoreIdentity Read(ReadTransaction transaction) => transaction.QueryFirstOrDefault(
        "SELECT replica_uid, device_id FROM store_identity",
        static row => new StoreIdentity(row.GetText(0), DeviceId.Parse(row.GetText(1))))!;

    /// <summary>The provider has what was written here up to a number.</summary>
    public static void SetAcknowledged(WriteTransaction transaction, ulong seq)
        => transaction.Execute("UPDATE store_identity SET acked_seq = max(acked_seq, ?1)", (long)seq);

    /// <inheritdoc cref="SetAcknowledged"/>
    public static ulong Acknowledged(ReadTransaction transaction) => (ulong)(transaction.ScalarInt64("SELECT acked_seq FROM store_identity") ?? 0);

    /// <summary>The number of the latest local write.</summary>
    public static ulong Seq(ReadTransaction transaction) => (ulong)(transaction.ScalarInt64("SELECT seq FROM store_identity") ?? 0);

    /// <summary>
    /// Takes a new name. What was written under the old one and never acknowledged is stamped anew, as a change beside whatever a copy of
    /// this device made of the same document: equal revisions with unequal contents would pass for the same.
    /// </summary>
    public static StoreIdentity Renew(WriteTransaction transaction, (string ReplicaUid, DeviceId DeviceId) identity)
    {
        var old = Read(transaction);
        var renewed = new StoreIdentity(identity.ReplicaUid, identity.DeviceId);
        var last = (long)Acknowledged(transaction);
        var seq = 0L;
        while (true)
        {
            var unsent = transaction.Query(
                "SELECT doc_id, rev, base_rev, seq FROM document WHERE is_local = 1 AND writer = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
                static row => (Id: row.GetText(0), Rev: row.GetText(1), Base: row.GetTextOrNull(2), Seq: row.GetInt64(3)),
                old.DeviceId.ToString(), last, PageSize);
            foreach (var (id, rev, known, number) in unsent)
            {
                transaction.Execute(
                    "UPDATE document SET rev = ?2, writer = ?3, seq = ?4 WHERE doc_id = ?1",
                    id, Restamp(rev, known, old.ReplicaUid, renewed.ReplicaUid), renewed.DeviceId.ToString(), ++seq);
                last = number;
            }

            if (unsent.Count < PageSize)
            {
                break;
            }
        }

        // Revisions have changed, and what was written under the new name is known.
        transaction.Execute("UPDATE state_digest SET digest = NULL");
        if (seq > 0)
        {
            transaction.Execute("INSERT INTO device_seen(device, seq) VALUES (?1, ?2)", renewed.DeviceId.ToString(), seq);
        }

        transaction.Execute(
            "UPDATE store_identity SET replica_uid = ?1, device_id = ?2, seq = ?3, acked_seq = 0", renewed.ReplicaUid, renewed.DeviceId.ToString(), seq);
        return renewed;
    }

    private static string Restamp(string rev, string? known, string old, string renewed)
    {
        var before = Revision.Parse(known).Counters;
        return Revision.Parse(rev).With(old, before.TryGetValue(old, out var counter) ? counter : null).Increment(renewed).ToString();
    }
}
