using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// One sync. Each round is the sequence of the protocol:
/// (1) ask what the provider knows; (2) check it against what we know; (3) take what we lack, and record how far we know it; (4) send what it lacks; (5) take what came
/// meanwhile; (6) record there how far it knows us, when nothing of ours is missing.
/// </summary>
/// <remarks>
/// LEAP's clients send first. Taking first costs one request when both sides have news, and shows a copy of a device what was written under
/// its name before it writes the same revisions again; after a re-join it shows what need not be sent, and what is in graves.
/// </remarks>
internal sealed class SyncRun(SoledadStore store, IDocumentCodec codec, SyncWire wire, SyncOptions options, Action<SoledadEvent> tell,
    Action<SyncPhase, int, long> progress, OfferedNumbers offered)
{
    private const int MaxEvents = 100;

    private readonly List<SoledadEvent> _events = [];
    private readonly string _syncId = Guid.NewGuid().ToString();

    // The provider does not send back what was sent under the same id. A re-join wants that, too: of a revision that a copy of this device
    // gave to another content the provider keeps the first.
    private readonly string _compareId = Guid.NewGuid().ToString();
    private int _sent;
    private int _received;
    private int _conflicts;
    private int _quarantined;
    private ulong? _ownLimit;

    public SyncReport Report() => new() { Sent = _sent, Received = _received, Conflicts = _conflicts, Quarantined = _quarantined, Events = _events };

    /// <summary>Passes an event on; of a flood only the beginning, the rest is in the report's count.</summary>
    public void Tell(SoledadEvent happened)
    {
        if (_events.Count >= MaxEvents)
        {
            return;
        }

        _events.Add(happened);
        tell(happened);
    }

    /// <summary>Runs one round; true when merging made something that the next one has to send.</summary>
    public async Task<bool> RoundAsync(CancellationToken cancellationToken)
    {
        var info = await wire.GetInfoAsync(cancellationToken).ConfigureAwait(false); // (1)
        await ProviderQuota.NoteAsync(store, info, cancellationToken).ConfigureAwait(false);
        var target = new SyncTarget(info);
        var known = await CheckAsync(target, cancellationToken).ConfigureAwait(false); // (2)
        var isRejoin = store.Read(RejoinRun.IsOpen);
        _ownLimit = Math.Max(offered.Highest(store.DeviceId), store.Read(reader => reader.SeqAt(target.KnowsUs)));

        if (options.HasDocumentsQuery && known.Generation == 0 && await Backfill.TryBeginAsync(store, target, cancellationToken).ConfigureAwait(false))
        {
            known = (target.Generation, target.TransactionId);

            // All the rest comes later; but what this device is about to send may be there already, written by a copy of it.
            var own = store.Read(static reader => reader.Sql.Query("SELECT doc_id FROM document WHERE is_local", static row => row.GetText(0)));
            await new DocumentFetch(store, codec, wire, options, Tell, _ownLimit).RunAsync(own.Select(codec.WireId), cancellationToken).ConfigureAwait(false);
        }

        var hasMerged = false;
        if (!options.FollowsRecording && target.Uid is not null && target.Generation != known.Generation)
        {
            (known, _) = await TakeAsync(target, known, isRejoin, cancellationToken).ConfigureAwait(false); // (3)
        }

        var (upTo, seq) = store.Read(reader => (reader.Generation, StoreIdentity.Seq(reader.Sql)));
        try
        {
            await SendAsync(target, known, upTo, isRejoin, cancellationToken).ConfigureAwait(false); // (4)
        }
        finally
        {
            offered.Note(store.DeviceId, store.Read(static reader => StoreIdentity.Seq(reader.Sql)));
        }

        if (target.Uid is null)
        {
            return false; // nothing here, nothing there
        }

        await AcknowledgeAsync(target.Uid, upTo, cancellationToken, seq).ConfigureAwait(false);
        if (target.Generation != known.Generation)
        {
            _ownLimit = Math.Max(_ownLimit.Value, seq);
            (_, hasMerged) = await TakeAsync(target, known, isRejoin, cancellationToken).ConfigureAwait(false); // (5)
        }

        await RecordThereAsync(target, upTo, cancellationToken).ConfigureAwait(false); // (6)
        await CompleteAsync(isRejoin, seq, cancellationToken).ConfigureAwait(false);

        return hasMerged;
    }

    /// <summary>Fetches a piece of what this device never had; true when there may be more.</summary>
    public async Task<bool> FillAsync(Func<bool> hasNews, CancellationToken cancellationToken)
    {
        SyncIntake? intake = null;
        try
        {
            await new DocumentFetch(store, codec, wire, options, Tell).RetryQuarantineAsync(cancellationToken).ConfigureAwait(false);
            return await new Backfill(store, codec, wire, options, progress)
                .RunPieceAsync(source => intake = new SyncIntake(store, source, Tell, _ownLimit), hasNews, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (intake is not null)
            {
                Add(intake);
            }
        }
    }

    private async Task<(long Generation, string TransactionId)> CheckAsync(SyncTarget target, CancellationToken cancellationToken)
    {
        if (target.Uid == store.ReplicaUid)
        {
            throw new RejoinNeededException(RejoinReason.UnknownState, "The provider claims to be this very device.");
        }

        // Another database than last time: the provider lost or replaced it. Nothing here goes away; all is sent again.
        var before = store.Read(SyncClient.TargetOf);
        if (before is not null && before != target.Uid)
        {
            throw new RejoinNeededException(RejoinReason.OtherDatabase, "The provider has another database for this account than before. Nothing here was changed.");
        }

        if (target.Uid is not { } uid)
        {
            return (0, "");
        }

        var (known, ownTransactionId, acknowledged) = store.Read(reader => (reader.GetSync(uid), reader.TransactionId(target.KnowsUs), SyncClient.AcknowledgedGeneration(reader)));
        if (ownTransactionId is null && target.KnowsUs < acknowledged)
        {
            // The row may have been taken out of the log since, because the provider had acknowledged a later one (LogTrim).
            throw new RejoinNeededException(RejoinReason.WentBack, $"The provider went back from state {acknowledged} of this device to {target.KnowsUs}. Nothing here was changed.");
        }

        if (ownTransactionId != target.KnowsUsTransactionId)
        {
            throw new RejoinNeededException(RejoinReason.Copied, $"The provider remembers a state {target.KnowsUs} of this device that never was. Was this device restored from a copy? Nothing here was changed.");
        }

        CheckProgress(known, target.Generation, target.TransactionId);
        if (before != uid)
        {
            await store.WriteAsync(tx => SyncClient.SetTarget(tx, uid), cancellationToken).ConfigureAwait(false);
        }

        return known;
    }

    private void CheckProgress((long Generation, string TransactionId) known, long generation, string transactionId)
    {
        if (generation < known.Generation)
        {
            throw new RejoinNeededException(RejoinReason.WentBack, $"The provider went back from state {known.Generation} to {generation}. Nothing here was changed.");
        }

        if (generation == known.Generation && transactionId != known.TransactionId)
        {
            throw new RejoinNeededException(RejoinReason.WentBack, $"The provider's state {generation} is not the one it was before. Nothing here was changed.");
        }

        if (generation - known.Generation > options.MaxGenerationJump)
        {
            throw Inconsistent($"The provider claims state {generation} after {known.Generation}, more than can have happened. Nothing here was changed.");
        }
    }

    /// <summary>What was written up to a number is there and was compared with what others wrote.</summary>
    private async Task CompleteAsync(bool isRejoin, ulong seq, CancellationToken cancellationToken)
    {
        if (isRejoin || store.Read(static reader => reader.Sql.ScalarInt64("SELECT 1 FROM document_base LIMIT 1")) is not null)
        {
            await store.WriteAsync(
                tx =>
                {
                    RejoinRun.Close(tx);
                    tx.ForgetBases(seq);
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private SyncHeader Header(SyncTarget target, (long Generation, string TransactionId) known) => new()
    {
        LastKnownGeneration = known.Generation,
        LastKnownTransactionId = known.TransactionId,
        SyncId = _syncId,
        Ensure = target.MustBeMade,
        Backfill = options.HasDocumentsQuery && store.Read(BackfillCursor.Read) is not null,
    };

    /// <summary>The provider has what was written here up to a generation.</summary>
    private async Task AcknowledgeAsync(string uid, long generation, CancellationToken cancellationToken, ulong? seq = null)
    {
        if (store.Read(reader => SyncClient.TargetOf(reader) != uid || SyncClient.AcknowledgedGeneration(reader) < generation || seq > StoreIdentity.Acknowledged(reader.Sql)))
        {
            await store.WriteAsync(
                tx =>
                {
                    SyncClient.SetTarget(tx, uid);
                    SyncClient.SetAcknowledged(tx, generation);
                    if (seq is { } number)
                    {
                        StoreIdentity.SetAcknowledged(tx.Sql, number);
                    }
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(SyncTarget target, (long Generation, string TransactionId) known, long upTo, bool isRejoin, CancellationToken cancellationToken)
    {
        // A version that came from this provider need not go back; one that came from an earlier database of the account has to.
        var upload = new SyncUpload(store, codec, options, upTo, ownOnly: known.Generation != 0 && !isRejoin);
        await upload.RunAsync(target.KnowsUs, async (batch, total) =>
        {
            var answer = await wire.PutAsync(Header(target, known), batch, cancellationToken).ConfigureAwait(false);
            CheckProgress((target.Generation, target.TransactionId), answer.Generation, answer.TransactionId);
            var reached = batch[^1].Generation;
            target.Advance(answer, reached);
            await AcknowledgeAsync(
                target.Uid ?? throw SoledadHttp.Broken("The provider does not name its new database."), reached, cancellationToken).ConfigureAwait(false);
            _sent += batch.Count;
            progress(SyncPhase.Sending, batch.Count, total);
        }, cancellationToken).ConfigureAwait(false);
    }

    private Task<((long Generation, string TransactionId) Known, bool HasMerged)> TakeAsync(SyncTarget target, (long Generation, string TransactionId) known, bool isRejoin, CancellationToken cancellationToken)
        => wire.GetAsync(Header(target, known) with { SyncId = isRejoin ? _compareId : _syncId }, async stream =>
        {
            var header = await stream.ReadNewGenerationAsync(cancellationToken).ConfigureAwait(false);
            CheckProgress((target.Generation, target.TransactionId), header.Generation, header.TransactionId);
            CheckProgress(known, header.Generation, header.TransactionId);
            var (last, count) = (known.Generation, 0);
            var intake = new SyncIntake(store, target.Uid!, Tell, _ownLimit, isRejoin);
            try
            {
                await new DownloadPipeline(codec, options).RunAsync(NextAsync, StoreAsync, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                Add(intake);
            }

            // Fewer may come: what is changed while the answer is on its way comes with the next one.
            if (header.NumberOfChanges is { } announced && announced < count)
            {
                throw SoledadHttp.Broken($"The provider announced {announced} documents and sent {count}.");
            }

            if (last != header.Generation) // else the last document has brought it
            {
                await store.WriteAsync(
                    tx => tx.RecordSync(new SyncSource(target.Uid!, header.Generation, header.TransactionId)), cancellationToken).ConfigureAwait(false);
            }

            target.Advance(header);
            return ((header.Generation, header.TransactionId), intake.HasMerged);

            async Task<SyncEntry?> NextAsync(CancellationToken stopping)
            {
                var entry = await stream.ReadEntryAsync(stopping).ConfigureAwait(false);
                if (entry is not null && (entry.Generation <= last || entry.Generation > header.Generation
                    || (entry.Generation == header.Generation && entry.TransactionId != header.TransactionId)))
                {
                    throw Inconsistent($"The provider sent change {entry.Generation} out of order; only what came before it was taken.");
                }

                if (entry is not null)
                {
                    (last, count) = (entry.Generation, count + 1);
                }

                return entry;
            }

            async Task StoreAsync(List<OpenedEntry> batch, CancellationToken stopping)
            {
                await intake.TakeAsync(
                    batch, static (tx, entry, source) => tx.RecordSync(new SyncSource(source, entry.Generation, entry.TransactionId)), stopping).ConfigureAwait(false);
                progress(SyncPhase.Receiving, batch.Count, header.NumberOfChanges ?? 0);            }
        }, cancellationToken);

    private void Add(SyncIntake intake)
    {
        _received += intake.Received;
        _conflicts += intake.Conflicts;
        _quarantined += intake.Quarantined;
    }

    private async Task RecordThereAsync(SyncTarget target, long upTo, CancellationToken cancellationToken)
    {
        var (generation, transactionId, isGapFree) = store.Read(reader =>
        {
            var now = reader.Generation;
            return (now, reader.TransactionId(now)!, reader.Sql.ScalarInt64(
                "SELECT 1 FROM transaction_log l JOIN document d ON d.doc_id = l.doc_id WHERE l.generation > ?1 AND d.is_local LIMIT 1", upTo) is null);
        });
        if (isGapFree && generation > target.KnowsUs)
        {
            await wire.RecordAsync(new SyncPoint { Generation = generation, TransactionId = transactionId }, cancellationToken).ConfigureAwait(false);
            await AcknowledgeAsync(target.Uid!, generation, cancellationToken).ConfigureAwait(false);
        }
    }

    private static SoledadException Inconsistent(string message) => new(SoledadCodes.ProviderInconsistent, message);
}
