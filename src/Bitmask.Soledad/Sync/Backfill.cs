using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// The first sync of a device that is new to an account: everything that was there before it, newest first, small documents before larger
/// ones. It is done in pieces, between which what is new goes ahead; the place reached is stored with each batch. Needs a provider that
/// answers queries for documents.
/// </summary>
internal sealed class Backfill(SoledadStore store, IDocumentCodec codec, SyncWire wire, SyncOptions options, Action<SyncPhase, int, long> progress)
{
    /// <summary>
    /// Begins when this device has nothing of any other yet and never joined again: what the provider has now counts as known, and the cursor remembers that it
    /// is still to come.
    /// </summary>
    public static async Task<bool> TryBeginAsync(SoledadStore store, SyncTarget target, CancellationToken cancellationToken)
        => target.Generation > 0 && await store.WriteAsync(
            tx =>
            {
                // After a re-join everything is compared: what the provider says of its state alone may be the very lie that led to it.
                if (tx.Sql.ScalarInt64("SELECT 1 FROM document WHERE NOT is_local UNION ALL SELECT 1 FROM rejoin LIMIT 1") is not null)
                {
                    return false;
                }

                BackfillCursor.Write(tx, new BackfillCursor(target.Uid!, target.Generation, 0, target.Generation + 1));
                tx.RecordSync(new SyncSource(target.Uid!, target.Generation, target.TransactionId));
                return true;
            },
            cancellationToken).ConfigureAwait(false);

    /// <summary>Fetches one piece. False when there is nothing to fetch (any more).</summary>
    /// <param name="intake">Makes what stores for a database of the provider.</param>
    /// <param name="hasNews">Whether something newer waits: then the piece ends early.</param>
    /// <param name="cancellationToken">Ends it at the last batch.</param>
    public async Task<bool> RunPieceAsync(Func<string, SyncIntake> intake, Func<bool> hasNews, CancellationToken cancellationToken)
    {
        if (store.Read(BackfillCursor.Read) is not { } cursor)
        {
            return false;
        }

        if (store.Read(SyncClient.TargetOf) != cursor.Target)
        {
            await store.WriteAsync(static tx => BackfillCursor.Write(tx, null), cancellationToken).ConfigureAwait(false);
            return false; // another database: everything is compared with that one
        }

        var isCut = await wire.QueryAsync(Query(cursor), stream => ReadAsync(stream, cursor, intake(cursor.Target), hasNews, cancellationToken), cancellationToken).ConfigureAwait(false);
        if (!isCut)
        {
            await store.WriteAsync(tx => BackfillCursor.Write(tx, cursor.NextPass()), cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    private DocumentsQuery Query(BackfillCursor cursor) => new()
    {
        Below = cursor.Below,
        MinContentOctets = cursor.Pass == 0 ? null : options.SmallOctets + 1,
        MaxContentOctets = cursor.Pass == 0 ? options.SmallOctets : null,
    };

    /// <summary>True when the piece ended before the pass did.</summary>
    private async Task<bool> ReadAsync(SyncStreamReader stream, BackfillCursor cursor, SyncIntake intake, Func<bool> hasNews, CancellationToken cancellationToken)
    {
        var head = await stream.ReadNewGenerationAsync(cancellationToken).ConfigureAwait(false);
        var (below, octets, count, isCut) = (cursor.Below, 0L, 0, false);
        await new DownloadPipeline(codec, options).RunAsync(NextAsync, StoreAsync, cancellationToken).ConfigureAwait(false);
        return isCut;

        async Task<SyncEntry?> NextAsync(CancellationToken stopping)
        {
            if (count >= options.PieceDocuments || octets >= options.PieceOctets || (count > 0 && hasNews()))
            {
                isCut = true;
                return null;
            }

            if (await stream.ReadEntryAsync(stopping).ConfigureAwait(false) is not { } entry)
            {
                return null;
            }

            if (entry.Generation >= below)
            {
                throw new SoledadException(SoledadCodes.ProviderInconsistent, $"The provider sent document {entry.Generation} out of order; only what came before it was taken.");
            }

            (below, octets, count) = (entry.Generation, octets + OpenedEntry.OctetsOf(entry), count + 1);
            return entry;
        }

        async Task StoreAsync(List<OpenedEntry> batch, CancellationToken stopping)
        {
            await intake.TakeAsync(
                batch, (tx, entry, _) => BackfillCursor.Write(tx, cursor with { Below = entry.Generation }), stopping).ConfigureAwait(false);
            progress(cursor.Pass == 0 ? SyncPhase.FetchingSmall : SyncPhase.FetchingLarge, batch.Count, head.NumberOfChanges ?? 0);
        }
    }
}
