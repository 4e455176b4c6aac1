using System.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    /// <summary>
    /// Keeps a part of a long upload apart, so that memory stays bounded; <see cref="UploadAsync"/> takes it in when the
    /// stream has come to its end, or <see cref="DropStagedAsync"/> forgets it.
    /// </summary>
    public Task StageAsync(UserId account, string stream, int firstPosition, IReadOnlyList<SyncEntry> entries, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            for (var i = 0; i < entries.Count; i++)
            {
                t.Execute(
                    "INSERT INTO sync_staged(account, stream, position, doc_id, rev, generation, trans_id, content) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    account.Value, stream, firstPosition + i, entries[i].Id, entries[i].Rev, entries[i].Generation, entries[i].TransactionId, Octets(entries[i].Content));
            }
        },
        cancellationToken);

    public Task DropStagedAsync(UserId account, string stream)
        => _database.WriteAsync(t => t.Execute("DELETE FROM sync_staged WHERE account = ?1 AND stream = ?2", account.Value, stream), CancellationToken.None);

    /// <summary>
    /// Takes in a whole upload in one transaction: all of it or nothing. <paramref name="staged"/> names a part that was staged
    /// before, which precedes <paramref name="entries"/>. One that leaves the account larger than it was, and than <paramref name="room"/>, is refused.
    /// </summary>
    public Task<NewGeneration> UploadAsync(
        UserId account, SyncSource source, SyncHeader header, string? staged, int stagedCount, IReadOnlyList<SyncEntry> entries, CancellationToken cancellationToken, long room = long.MaxValue)
        => _database.WriteAsync(
            t =>
            {
                CheckHeader(t, account, header);
                WriteAcknowledgement(t, account, source, NewAcknowledgement(t, account, source, header));
                var used = ReadUsedOctets(t, account);
                var upload = new Upload(this, t, account, source.Replica, header.SyncId ?? "");
                for (var position = 0; position < stagedCount; position++)
                {
                    upload.Add(ReadStaged(t, account, staged!, position));
                }

                foreach (var entry in entries)
                {
                    upload.Add(entry);
                }

                if (ReadUsedOctets(t, account) is var after && after > room && after > used)
                {
                    throw new SoledadProtocolException(WireErrors.QuotaExceeded);
                }

                if (staged is not null)
                {
                    t.Execute("DELETE FROM sync_staged WHERE account = ?1 AND stream = ?2", account.Value, staged);
                }

                return upload.End(header.Ensure);
            },
            cancellationToken);

    private static SyncEntry ReadStaged(ReadTransaction transaction, UserId account, string stream, int position) => transaction.QueryFirstOrDefault(
        "SELECT doc_id, rev, generation, trans_id, content FROM sync_staged WHERE account = ?1 AND stream = ?2 AND position = ?3",
        static row => new SyncEntry
        {
            Id = row.GetText(0),
            Rev = row.GetText(1),
            Generation = row.GetInt64(2),
            TransactionId = row.GetText(3),
            Content = row.GetTextOrNull(4),
        },
        account.Value, stream, position) ?? throw new InvalidOperationException("A staged entry is missing.");

    private static byte[]? Octets(string? content) => content is null ? null : Encoding.UTF8.GetBytes(content);

    /// <summary>One upload on its way into the database.</summary>
    private sealed class Upload(ProviderStore store, WriteTransaction transaction, UserId account, string source, string syncId)
    {
        private readonly long _expires = store.Now + SeenSeconds;
        private ReplicaState _replica = ReadReplica(transaction, account)!;
        private (long Generation, string TransactionId) _known = ReadSource(transaction, account, source);
        private bool _stored;

        public void Add(SyncEntry entry)
        {
            var incoming = new SyncVersion(Revision.Parse(entry.Rev), entry.Content);
            var row = transaction.QueryFirstOrDefault(
                "SELECT rev, generation FROM document WHERE account = ?1 AND doc_id = ?2", static r => (Rev: r.GetText(0), Generation: r.GetInt64(1)), account.Value, entry.Id);
            var current = Current(entry.Id, row.Rev, incoming);
            if (!IsRepeated(entry, current, incoming))
            {
                SyncDecision.CheckSource(_known, entry.Generation, entry.TransactionId);
                _known = (entry.Generation, entry.TransactionId);
            }

            var decided = SyncDecision.Decide(current, [], incoming, saveConflict: false, _replica.Uid);
            var generation = row.Generation;
            if (decided.Store is { } version)
            {
                StoreDocument(transaction, account, ref _replica, row.Generation, entry.Id, version.Revision.ToString(), Octets(version.Json));
                generation = _replica.Generation;
                _stored = true;
            }

            // A superseded or conflicting upload is not marked: the source is to get our version back.
            if (decided.State is SyncState.Inserted or SyncState.Converged && syncId.Length > 0)
            {
                transaction.Execute(
                    """
                    INSERT INTO sync_seen(account, source, sync_id, doc_id, generation, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                    ON CONFLICT(account, source, sync_id, doc_id) DO UPDATE SET generation = excluded.generation
                    """,
                    account.Value, source, syncId, entry.Id, generation, _expires);
            }
        }

        public NewGeneration End(bool nameReplica)
        {
            WriteSource(transaction, account, source, _known);
            if (_stored)
            {
                store.TellAfterCommit(transaction, account);
            }

            return new NewGeneration { Generation = _replica.Generation, TransactionId = _replica.TransactionId, ReplicaUid = nameReplica ? _replica.Uid : null };
        }

        /// <summary>
        /// An entry of the past that changes nothing: the request came twice, or its answer got lost. By the rule of u1db, which leap accounts keep, it would look like a
        /// source that was set back.
        /// </summary>
        private bool IsRepeated(SyncEntry entry, SyncVersion? current, SyncVersion incoming)
            => entry.Generation < _known.Generation && current is { } known && (known.Revision.Equals(incoming.Revision) || known.Revision.IsNewerThan(incoming.Revision))
                && !IsLeap(transaction, account);

        /// <summary>The stored version; its content is read only when both sides changed it, the one case that compares contents.</summary>
        private SyncVersion? Current(string id, string? rev, SyncVersion incoming)
        {
            if (rev is null)
            {
                return null;
            }

            var revision = Revision.Parse(rev);
            var concurrent = !incoming.Revision.IsNewerThan(revision) && !revision.IsNewerThan(incoming.Revision) && !revision.Equals(incoming.Revision);
            return new SyncVersion(revision, concurrent
                ? transaction.ScalarText("SELECT content FROM document WHERE account = ?1 AND doc_id = ?2", account.Value, id)
                : null);
        }
    }
}
