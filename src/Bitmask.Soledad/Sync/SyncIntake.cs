using Bitmask.Protocol.Soledad;
using Bitmask.Soledad.Leap;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// Takes in opened documents: writes a batch and the progress in one short transaction. A document that is
/// refused, or that the store or a projection can not take, goes to the quarantine and the sync goes on (security.md B4).
/// </summary>
/// <param name="store">Where to.</param>
/// <param name="sourceUid">The provider's database.</param>
/// <param name="tell">Tells what the user should know.</param>
/// <param name="ownLimit">The highest number of this device's writes that anybody else can have seen; null when that is not known.</param>
/// <param name="isCompared">Everything is compared: what came need not be sent.</param>
internal sealed class SyncIntake(SoledadStore store, string sourceUid, Action<SoledadEvent> tell, ulong? ownLimit = null, bool isCompared = false)
{
    private bool _hasToldOfHead;

    public int Received { get; private set; }

    public int Conflicts { get; private set; }

    public int Quarantined { get; private set; }

    /// <summary>Whether a merge made a version that has to be sent.</summary>
    public bool HasMerged { get; private set; }

    /// <summary>Stores one batch.</summary>
    /// <param name="opened">In the order they came.</param>
    /// <param name="reached">Remembers in the same transaction that everything up to this entry of this source is stored.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task TakeAsync(IReadOnlyList<OpenedEntry> opened, Action<StoreTransaction, SyncEntry, string> reached, CancellationToken cancellationToken)
    {
        try
        {
            Count(await WriteAsync(opened, reached, cancellationToken).ConfigureAwait(false));
            return;
        }
        catch (Exception e) when (IsOfTheDocument(e) && opened.Count == 1)
        {
            var refused = opened[0] with { Answer = new DecodeAnswer.Refused($"it can not be stored ({e.GetType().Name})") };
            Count(await WriteAsync([refused], reached, cancellationToken).ConfigureAwait(false));
            return;
        }
        catch (Exception e) when (IsOfTheDocument(e))
        {
            // One of them is poison: found below by writing them one by one.
        }

        foreach (var one in opened)
        {
            await TakeAsync([one], reached, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<List<Taken>> WriteAsync(IReadOnlyList<OpenedEntry> opened, Action<StoreTransaction, SyncEntry, string> reached, CancellationToken cancellationToken)
        => store.WriteAsync(
            tx =>
            {
                var taken = opened.Select(one => Write(tx, one)).ToList();
                reached(tx, opened[^1].Entry, sourceUid);
                return taken;
            },
            cancellationToken);

    private Taken Write(StoreTransaction transaction, OpenedEntry opened)
    {
        var entry = opened.Entry;
        var answer = LeapIntake.Refusal(transaction, opened.Answer, sourceUid) is { } refusal ? new DecodeAnswer.Refused(refusal) : opened.Answer;
        switch (answer)
        {
            case DecodeAnswer.Put put:
                return Insert(transaction, entry, put.Document, put.Origin);
            case DecodeAnswer.Delete delete:
                LeapIncomingBox.Forget(transaction, delete);
                return Insert(transaction, entry, delete.Document, delete.Origin);
            case DecodeAnswer.PlainIncoming incoming:
                LeapIncomingBox.Add(transaction, incoming.Document);
                return new Taken(entry, null, null);
            default:
                var reason = ((DecodeAnswer.Refused)answer).Reason;
                transaction.Quarantine(Name(entry), entry.Generation, reason);
                return new Taken(entry, null, reason);
        }
    }

    private Taken Insert(StoreTransaction transaction, SyncEntry entry, Document document, DocumentOrigin? origin)
    {
        if (ownLimit is { } limit && TwinCheck.IsTwin(transaction, store, document, origin, limit))
        {
            // Before anything of it is stored: under another name this device can compare its own changes with those of the other.
            throw new RejoinNeededException(
                RejoinReason.Copied, "Changes came under this device's name that it did not make. Was it restored from a copy? Nothing here was changed.");
        }

        var isBackwards = DeviceHead.IsHead(document.Id) && HeadWatch.IsOwnGoneBack(transaction, document);
        var outcome = transaction.InsertFromSync(document, source: null, origin?.Writer, origin?.Seq ?? 0);
        transaction.Release(entry.Id);
        if (isCompared)
        {
            transaction.NoteCompared(document.Id, entry.Rev);
        }

        return new Taken(entry, outcome, null, isBackwards);
    }

    // What is no id may be anything of any length.
    private static string Name(SyncEntry entry) => DocumentId.IsValid(entry.Id) ? entry.Id : "(not an id)";

    // After the commit only: a transaction that failed must not have counted or told anything.
    private void Count(List<Taken> taken)
    {
        foreach (var (entry, outcome, reason, isBackwards) in taken)
        {
            if (isBackwards && !_hasToldOfHead)
            {
                _hasToldOfHead = true;
                tell(new SoledadEvent(
                    SoledadCodes.OwnHeadBackwards, "The provider shows an earlier state of this device than the one it had acknowledged. Nothing here was changed.", Name(entry), entry.Generation));
            }

            if (reason is not null)
            {
                Quarantined++;
                tell(new SoledadEvent(SoledadCodes.DocumentRefused, $"A document was put aside: {reason}. The version here stays.", Name(entry), entry.Generation));
                continue;
            }

            var isConflict = outcome is { State: SyncState.Conflicted } or { IsMerged: true };
            if (outcome is { IsArchived: true })
            {
                tell(new SoledadEvent(
                    SoledadCodes.ConflictArchived, "Two devices changed a document at the same time and it can not be merged; one version won, the other is kept for 30 days.", Name(entry), entry.Generation));
            }

            Conflicts += isConflict ? 1 : 0;
            Received += isConflict || outcome is null or { State: SyncState.Inserted } ? 1 : 0;
            HasMerged |= outcome is { IsMerged: true };
        }
    }

    // What else can fail is the disk, or the account being locked: those stop the sync.
    private static bool IsOfTheDocument(Exception e) => e is not (OperationCanceledException or DatabaseException or ObjectDisposedException or RejoinNeededException);

    private sealed record Taken(SyncEntry Entry, SyncOutcome? Outcome, string? Reason, bool IsBackwards = false);
}
