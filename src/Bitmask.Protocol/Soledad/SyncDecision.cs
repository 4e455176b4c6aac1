namespace Bitmask.Protocol.Soledad;

/// <summary>One version of a document.</summary>
/// <param name="Revision">Its revision.</param>
/// <param name="Json">Its exact JSON text; null for a tombstone.</param>
public sealed record SyncVersion(Revision Revision, string? Json);

/// <summary>What became of a document that came in by sync.</summary>
public enum SyncState
{
    /// <summary>It was stored.</summary>
    Inserted,

    /// <summary>What we have is newer, or became newer by merging equal contents; we shall send ours.</summary>
    Superseded,

    /// <summary>We have exactly this revision; a client, with the same content.</summary>
    Converged,

    /// <summary>Both sides changed it.</summary>
    Conflicted,
}

/// <summary>What to do with a document that came in by sync.</summary>
/// <param name="State">What to tell the other side.</param>
/// <param name="Store">The version to store as current, with a new log entry; null when nothing is stored.</param>
/// <param name="Conflicts">The document's other versions afterwards; the same list as before when nothing changed.</param>
public sealed record SyncDecided(SyncState State, SyncVersion? Store, IReadOnlyList<SyncVersion> Conflicts);

/// <summary>
/// The rule by which client and server take in a document (u1db's <c>put_doc_if_newer</c>), as a pure function. The caller records
/// the source's generation and transaction id in every case, also when nothing is stored.
/// </summary>
public static class SyncDecision
{
    /// <summary>Checks that a source replica goes forward.</summary>
    /// <param name="known">The generation and transaction id recorded for the source; (0, "") when it is new.</param>
    /// <param name="generation">The generation it names now.</param>
    /// <param name="transactionId">The transaction id it names now.</param>
    /// <exception cref="SoledadProtocolException"><see cref="WireErrors.InvalidGeneration"/> or <see cref="WireErrors.InvalidTransactionId"/>.</exception>
    public static void CheckSource((long Generation, string TransactionId) known, long generation, string transactionId)
    {
        if (generation < known.Generation)
        {
            throw new SoledadProtocolException(WireErrors.InvalidGeneration);
        }

        if (generation == known.Generation && transactionId != known.TransactionId)
        {
            throw new SoledadProtocolException(WireErrors.InvalidTransactionId);
        }
    }

    /// <summary>Decides.</summary>
    /// <param name="current">The stored version; null when there is none.</param>
    /// <param name="conflicts">Its other versions (always empty on a server).</param>
    /// <param name="incoming">What came in.</param>
    /// <param name="saveConflict">True on a client: the incoming version becomes current, ours a conflict. False on a server: nothing is stored.</param>
    /// <param name="localReplicaUid">Who signs a merge.</param>
    public static SyncDecided Decide(
        SyncVersion? current, IReadOnlyList<SyncVersion> conflicts, SyncVersion incoming, bool saveConflict, string localReplicaUid)
    {
        ArgumentNullException.ThrowIfNull(conflicts);
        ArgumentNullException.ThrowIfNull(incoming);
        if (current is null || incoming.Revision.IsNewerThan(current.Revision))
        {
            var (store, left) = Prune(incoming, conflicts, localReplicaUid);
            return new SyncDecided(ReferenceEquals(store, incoming) ? SyncState.Inserted : SyncState.Superseded, store, left);
        }

        if (incoming.Revision.Equals(current.Revision))
        {
            // Two copies of one device give one revision to two contents. Only a client can compare them; for it they are a conflict.
            return !saveConflict || DocumentContent.AreEqual(current.Json, incoming.Json)
                ? new SyncDecided(SyncState.Converged, null, conflicts)
                : new SyncDecided(SyncState.Conflicted, incoming, [.. conflicts, current]);
        }

        if (current.Revision.IsNewerThan(incoming.Revision))
        {
            return new SyncDecided(SyncState.Superseded, null, conflicts);
        }

        if (DocumentContent.AreEqual(current.Json, incoming.Json))
        {
            var merged = incoming.Revision.Maximize(current.Revision).Increment(localReplicaUid);
            return new SyncDecided(SyncState.Superseded, incoming with { Revision = merged }, conflicts);
        }

        if (!saveConflict)
        {
            return new SyncDecided(SyncState.Conflicted, null, conflicts);
        }

        var (taken, others) = Prune(incoming, conflicts, localReplicaUid);
        return new SyncDecided(SyncState.Conflicted, taken, [.. others, current]);
    }

    /// <summary>Drops the conflicts that the version settles: older ones, and equal ones, whose clock it takes over.</summary>
    private static (SyncVersion Version, IReadOnlyList<SyncVersion> Left) Prune(
        SyncVersion version, IReadOnlyList<SyncVersion> conflicts, string localReplicaUid)
    {
        var clock = version.Revision;
        var left = new List<SyncVersion>();
        var merged = false;
        foreach (var conflict in conflicts)
        {
            if (clock.IsNewerThan(conflict.Revision))
            {
                continue;
            }

            if (!DocumentContent.AreEqual(version.Json, conflict.Json))
            {
                left.Add(conflict);
                continue;
            }

            clock = clock.Maximize(conflict.Revision);
            merged = true;
        }

        return (merged ? version with { Revision = clock.Increment(localReplicaUid) } : version, left);
    }
}
