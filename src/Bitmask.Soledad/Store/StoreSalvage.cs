namespace Bitmask.Soledad;

/// <summary>What a salvaged store has, and what is known to be lost.</summary>
/// <param name="Documents">Documents that were read.</param>
/// <param name="LostDocuments">Documents that the log names and that were not read; the provider has them, but for those below.</param>
/// <param name="LostChanges">Of these, the ones that were changed here and not yet acknowledged by the provider: what was changed is gone.</param>
public sealed record StoreLoss(long Documents, long LostDocuments, long LostChanges);

/// <summary>
/// Makes a store whole again whose tables were copied out of a damaged file. What follows from documents is derived anew; what was known of the provider is forgotten, so that everything is
/// compared with it under a new name (security.md B5). What is missing is absent and not deleted: it comes from the provider again.
/// </summary>
public static class StoreSalvage
{
    private const string CompactionSetting = "compaction.next";
    private const string BlobsSeenSetting = "blobs.seen";

    /// <summary>Tables of this room that are not copied: they follow from the documents, say what the provider is thought to have, or belong to a comparison that begins anew.</summary>
    public static IReadOnlyList<string> Derived { get; } =
    [
        "blob_ref", "buried", "compared", "head_doubt", "index_definition", "index_expression", "index_value", "quarantine", "rejoin", "schema_version", "state_digest", "sync_log",
    ];

    /// <summary>Tables that old rows do no harm to: of two revisions the later one is known by itself.</summary>
    public static IReadOnlyList<string> MayBeOld { get; } = ["document"];

    /// <summary>Derives what follows from the documents, and has the next sync compare everything.</summary>
    /// <param name="store">A fresh store with the copied tables.</param>
    /// <param name="derived">Projections to be filled with all documents; those that the caller rebuilds itself are not among them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<StoreLoss> MendAsync(SoledadStore store, IReadOnlyList<IDocumentProjection> derived, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(derived);
        await StoreCheck.RepairAsync(store, cancellationToken).ConfigureAwait(false);
        var loss = await store.WriteAsync(
            tx =>
            {
                foreach (var projection in derived)
                {
                    ProjectionSet.Fill(tx.Sql, projection);
                }

                tx.Sql.Execute(
                    """
                    INSERT INTO device_seen(device, seq) SELECT writer, max(seq) FROM document WHERE writer IS NOT NULL AND substr(doc_id, 1, length(?1)) <> ?1 GROUP BY writer
                    ON CONFLICT(device) DO UPDATE SET seq = max(seq, excluded.seq)
                    """,
                    DeviceHead.IdPrefix);
                tx.SetSetting(CompactionSetting, null);
                tx.SetSetting(BlobsSeenSetting, null);
                BackfillCursor.Write(tx, null);
                return Count(tx);
            },
            cancellationToken).ConfigureAwait(false);
        await new RejoinRun(store, static _ => { }).BeginSalvagedAsync(cancellationToken).ConfigureAwait(false);
        return loss;
    }

    /// <summary>What the log knows and the table of documents does not; it is taken out of the log, for it can not be sent.</summary>
    private static StoreLoss Count(StoreTransaction tx)
    {
        const string Lost = "FROM transaction_log WHERE doc_id NOT IN (SELECT doc_id FROM document UNION ALL SELECT doc_id FROM buried)";
        var lost = tx.Sql.ScalarInt64($"SELECT count(DISTINCT doc_id) {Lost}") ?? 0;
        var changes = tx.Sql.ScalarInt64($"SELECT count(DISTINCT doc_id) {Lost} AND generation > ?1", SyncClient.AcknowledgedGeneration(tx)) ?? 0;
        tx.Sql.Execute($"DELETE {Lost}");
        return new StoreLoss(tx.Sql.ScalarInt64("SELECT count(*) FROM document") ?? 0, lost, changes);
    }
}
