using Bitmask.Primitives;

namespace Bitmask.Soledad;

/// <summary>A name that this device had before a re-join.</summary>
/// <param name="ReplicaUid">What it was called in revisions and at the provider.</param>
/// <param name="Device">What it was called in sealed documents.</param>
/// <param name="IsShared">A copy may go on under it.</param>
internal sealed record FormerName(string ReplicaUid, DeviceId Device, bool IsShared);

/// <summary>
/// The names that this device had before and that the provider still waits for: it removes nothing that such a name has not seen. Forgetting one is
/// harmless also when a copy of this device goes on under it: with its next request it is known again.
/// </summary>
internal static class FormerNames
{
    public static void Add(StoreTransaction transaction, string replicaUid, DeviceId device, bool isShared)
        => transaction.Sql.Execute(
            "INSERT INTO former_name(replica_uid, device_id, is_shared) VALUES (?1, ?2, ?3) ON CONFLICT(replica_uid) DO UPDATE SET is_shared = excluded.is_shared",
            replicaUid, device.ToString(), isShared);

    public static IReadOnlyList<FormerName> List(StoreReader reader)
        => reader.Sql.Query(
            "SELECT replica_uid, device_id, is_shared FROM former_name",
            static row => new FormerName(row.GetText(0), DeviceId.Parse(row.GetText(1)), row.GetBoolean(2)));

    public static void Remove(StoreTransaction transaction, FormerName name) => transaction.Sql.Execute("DELETE FROM former_name WHERE replica_uid = ?1", name.ReplicaUid);
}
