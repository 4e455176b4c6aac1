using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// One sync. Each round is the sequence of the protocol:
/// (1) ask what the provider knows; (2) check it against what we know; (3) send what it lacks; (4) take what we lack; (5) record how
/// far we know it; (6) record there how far it knows us, when nothing of ours is missing.
/// </summary>
internal sealed class SyncRun(SoledadStore store, IDocumentCodec codec, SyncWire wire, SyncOptions options, Action<SoledadEvent> tell)
{
    private const int MaxEvents = 100;

    private readonly List<SoledadEvent> _events = [];
    private readonly string _syncId = Guid.NewGuid().ToString();
    private int _sent;
    private int _received;
    private int _conflicts;
    private int _quarantined;

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
        var target = new SyncTarget(await wire.GetInfoAsync(cancellationToken).ConfigureAwait(false)); // (1)
        var known = await CheckAsync(target, cancellationToken).ConfigureAwait(false); // (2)

        var (upTo, seq, changes) = store.Read(reader => (reader.Generation, StoreIdentity.Seq(reader.Sql), reader.Changes(target.KnowsUs)));
        // A version that came from this provider need not go back; one that came from an earlier database of the account has to.
        var ours = changes.Where(change => known.Generation == 0 || change.Seq is not null).ToList();
        if (ours.Count > 0)
        {
            await SendAsync(target, known, ours, cancellationToken).ConfigureAwait(false); // (3)
        }

        if (target.Uid is null)
        {
            return false; // nothing here, nothing there
        }

        await AcknowledgeAsync(target.Uid, upTo, cancellationToken, seq).ConfigureAwait(false);
        var again = target.Generation != known.Generation
            && await TakeAsync(target, known, cancellationToken).ConfigureAwait(false); // (4), (5)
        await RecordThereAsync(target, upTo, cancellationToken).ConfigureAwait(false); // (6)
        return again;
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

        var (known, ownTransactionId) = store.Read(reader => (reader.GetSync(uid), reader.TransactionId(target.KnowsUs)));
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

    private async Task SendAsync(SyncTarget target, (long Generation, string TransactionId) known, List<StoreChange> changes, CancellationToken cancellationToken)
    {
        var entries = new List<SyncEntry>();
        var characters = 0;
        for (var i = 0; i < changes.Count; i++)
        {
            var entry = Encode(changes[i]);
            entries.Add(entry);
            characters += entry.Content?.Length ?? 0;
            if (i < changes.Count - 1 && entries.Count < options.BatchDocuments && characters < options.BatchCharacters)
            {
                continue;
            }

            var answer = await wire.PutAsync(Header(target, known), Number(entries), cancellationToken).ConfigureAwait(false);
            CheckProgress((target.Generation, target.TransactionId), answer.Generation, answer.TransactionId);
            target.Advance(answer, entry.Generation);
            await AcknowledgeAsync(
                target.Uid ?? throw SoledadHttp.Broken("The provider does not name its new database."), entry.Generation, cancellationToken).ConfigureAwait(false);
            _sent += entries.Count;
            entries.Clear();
            characters = 0;
        }
    }

    private SyncEntry Encode(StoreChange change)
    {
        // The document may be newer than the change by now: then it is sent once more later, and both sides converge.
        var (document, writer) = store.Read(reader => (reader.Get(change.Id)!, reader.WriterOf(change.Id)));
        var encoded = writer is { Device: { } device, Seq: var seq }
            ? codec.Encode(document, new DocumentOrigin(device, seq))
            : codec.Encode(document, change.Seq ?? 0);
        return new SyncEntry
        {
            Id = encoded.WireId,
            Rev = encoded.Rev,
            Generation = change.Generation,
            TransactionId = change.TransactionId,
            Content = encoded.Content,
        };
    }

    private static List<SyncEntry> Number(List<SyncEntry> entries)
        => [.. entries.Select((entry, index) => entry with { NumberOfDocs = entries.Count, DocIdx = index + 1 })];

    private SyncHeader Header(SyncTarget target, (long Generation, string TransactionId) known) => new()
    {
        LastKnownGeneration = known.Generation,
        LastKnownTransactionId = known.TransactionId,
        SyncId = _syncId,
        Ensure = target.MustBeMade,
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

    private Task<bool> TakeAsync(SyncTarget target, (long Generation, string TransactionId) known, CancellationToken cancellationToken)
        => wire.GetAsync(Header(target, known), async stream =>
        {
            var header = await stream.ReadNewGenerationAsync(cancellationToken).ConfigureAwait(false);
            CheckProgress((target.Generation, target.TransactionId), header.Generation, header.TransactionId);
            CheckProgress(known, header.Generation, header.TransactionId);
            var intake = new SyncIntake(store, codec, target.Uid!, Tell);
            try
            {
                await ReadEntriesAsync(stream, header, known.Generation, intake, cancellationToken).ConfigureAwait(false);
                await store.WriteAsync(
                    tx => tx.RecordSync(new SyncSource(target.Uid!, header.Generation, header.TransactionId)), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _received += intake.Received;
                _conflicts += intake.Conflicts;
                _quarantined += intake.Quarantined;
            }

            return intake.HasMerged;
        }, cancellationToken);

    private async Task ReadEntriesAsync(SyncStreamReader stream, NewGeneration header, long last, SyncIntake intake, CancellationToken cancellationToken)
    {
        var batch = new List<SyncEntry>();
        var (characters, count) = (0, 0);
        try
        {
            while (await stream.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is { } entry)
            {
                if (entry.Generation <= last || entry.Generation > header.Generation
                    || (entry.Generation == header.Generation && entry.TransactionId != header.TransactionId))
                {
                    throw Inconsistent($"The provider sent change {entry.Generation} out of order; only what came before it was taken.");
                }

                (last, count) = (entry.Generation, count + 1);
                batch.Add(entry);
                characters += entry.Content?.Length ?? 0;
                if (batch.Count >= options.BatchDocuments || characters >= options.BatchCharacters)
                {
                    await intake.TakeAsync(batch, cancellationToken).ConfigureAwait(false);
                    (batch, characters) = ([], 0);
                }
            }
        }
        catch (Exception e) when (batch.Count > 0 && e is SoledadException or SoledadProtocolException or HttpRequestException or (IOException and not Sqlite.DatabaseException))
        {
            // The stream broke off: what came whole is kept, and the next sync goes on behind it.
            await intake.TakeAsync(batch, cancellationToken).ConfigureAwait(false);
            throw;
        }

        if (batch.Count > 0)
        {
            await intake.TakeAsync(batch, cancellationToken).ConfigureAwait(false);
        }

        // Fewer may come: what is changed while the answer is on its way comes with the next one.
        if (header.NumberOfChanges is { } announced && announced < count)
        {
            throw SoledadHttp.Broken($"The provider announced {announced} documents and sent {count}.");
        }
    }

    private async Task RecordThereAsync(SyncTarget target, long upTo, CancellationToken cancellationToken)
    {
        var (generation, transactionId, isGapFree) = store.Read(reader =>
        {
            var now = reader.Generation;
            return (now, reader.TransactionId(now)!, !reader.Changes(upTo).Any(change => change.Seq is not null));
        });
        if (isGapFree && generation > target.KnowsUs)
        {
            await wire.RecordAsync(new SyncPoint { Generation = generation, TransactionId = transactionId }, cancellationToken).ConfigureAwait(false);
            await AcknowledgeAsync(target.Uid!, generation, cancellationToken).ConfigureAwait(false);
        }
    }

    private static SoledadException Inconsistent(string message) => new(SoledadCodes.ProviderInconsistent, message);
}
