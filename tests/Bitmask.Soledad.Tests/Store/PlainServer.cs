using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad.Tests.Store;

/// <summary>The provider's side of sync over plain documents, in memory: it keeps no conflicts and refuses what is not newer.</summary>
internal sealed class PlainServer
{
    private const string Uid = "server";

    private readonly Dictionary<string, SyncVersion> _documents = [];
    private readonly List<(string Id, string TransactionId)> _log = [];
    private readonly Dictionary<string, (long Generation, string TransactionId)> _known = [];

    /// <summary>One whole sync: up, then down. Says how many versions moved.</summary>
    public async Task<int> SyncAsync(SoledadStore store)
    {
        var sent = Upload(store);
        var from = store.Read(static reader => reader.GetSync(Uid)).Generation;
        var down = Enumerable.Range((int)from, _log.Count - (int)from)
            .Select(index => (Generation: index + 1L, _log[index].Id, _log[index].TransactionId))
            .GroupBy(static entry => entry.Id)
            .Select(static group => group.Last())
            .Where(entry => !sent.Contains((entry.Id, entry.Generation)))
            .OrderBy(static entry => entry.Generation)
            .ToList();
        foreach (var (generation, id, transactionId) in down)
        {
            var version = _documents[id];
            var source = new SyncSource(Uid, generation, transactionId);
            await store.WriteAsync(tx => tx.InsertFromSync(new Document(id, version.Revision.ToString(), version.Json), source));
        }

        await store.WriteAsync(tx => tx.RecordSync(new SyncSource(Uid, _log.Count, _log.Count == 0 ? "" : _log[^1].TransactionId)));
        return sent.Count + down.Count;
    }

    private HashSet<(string Id, long Generation)> Upload(SoledadStore store)
    {
        var sent = new HashSet<(string, long)>();
        var known = _known.GetValueOrDefault(store.ReplicaUid, (0, ""));
        foreach (var change in store.Read(reader => reader.Changes(known.Generation)))
        {
            SyncDecision.CheckSource(known, change.Generation, change.TransactionId);
            known = (change.Generation, change.TransactionId);
            if (change.Seq is null)
            {
                continue; // it came from here
            }

            var document = store.Read(reader => reader.Get(change.Id))!;
            var incoming = new SyncVersion(Revision.Parse(document.Rev), document.Json);
            var decided = SyncDecision.Decide(_documents.GetValueOrDefault(change.Id), [], incoming, saveConflict: false, Uid);
            if (decided.Store is { } stored)
            {
                _documents[change.Id] = stored;
                _log.Add((change.Id, "T-" + (_log.Count + 1)));
                sent.Add((change.Id, _log.Count));
            }
        }

        _known[store.ReplicaUid] = known;
        return sent;
    }
}
