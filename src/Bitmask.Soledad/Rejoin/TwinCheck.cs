using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// Whether a version shows that this device is not alone under its name (security.md B5): it was restored from a copy, or a copy of it runs elsewhere. Its numbers and revisions
/// are given twice then, and what looks later would hide what it does not know.
/// </summary>
internal static class TwinCheck
{
    /// <param name="transaction">Where it is about to be stored.</param>
    /// <param name="store">This device.</param>
    /// <param name="incoming">What came.</param>
    /// <param name="origin">Who wrote it.</param>
    /// <param name="limit">The highest number of this device's writes that anybody else can have seen.</param>
    public static bool IsTwin(StoreTransaction transaction, SoledadStore store, Document incoming, DocumentOrigin? origin, ulong limit)
    {
        var ours = transaction.Get(incoming.Id);
        var (came, here) = (Revision.Parse(incoming.Rev), Revision.Parse(ours?.Rev));
        if (origin is { Writer: var writer, Seq: var seq } && writer == store.DeviceId)
        {
            // What this device wrote, it has, or something later.
            return came.Equals(here) ? !DocumentContent.AreEqual(ours!.Json, incoming.Json) : !here.IsNewerThan(came) || seq > limit;
        }

        // A change that nobody can have seen must not be known to anybody.
        return ours is not null && transaction.WriterOf(ours.Id) is { } wrote && wrote.Device == store.DeviceId && wrote.Seq > limit
            && here.Counters.TryGetValue(store.ReplicaUid, out var counter) && came.Counters.GetValueOrDefault(store.ReplicaUid) >= counter;
    }
}
