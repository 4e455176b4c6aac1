using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <content>Graves (security.md A7).</content>
public sealed partial class StoreTransaction
{
    /// <summary>
    /// Takes over what a grave says. It is as good as the deletions that it stands for: a version that it knows, or an older one, goes; a newer one stays; one that was
    /// changed beside the deletion is settled as such a conflict always is.
    /// </summary>
    internal void Bury(Document grave)
    {
        foreach (var (id, rev) in Grave.Read(grave))
        {
            var deleted = Revision.Parse(rev);
            if (Sql.ScalarText("SELECT rev FROM buried WHERE doc_id = ?1", id) is not { } known || deleted.IsNewerThan(Revision.Parse(known)))
            {
                Sql.Execute("INSERT INTO buried(doc_id, rev, is_removed) VALUES (?1, ?2, 0) ON CONFLICT(doc_id) DO UPDATE SET rev = excluded.rev, is_removed = 0", id, rev);
            }

            if (Sql.QueryFirstOrDefault("SELECT doc_id, rev, json FROM document WHERE doc_id = ?1", ReadDocument, id) is not { } current || current.Type == Grave.DocumentType)
            {
                continue; // a grave lies in no other
            }

            var standing = Revision.Parse(current.Rev);
            if (deleted.IsNewerThan(standing) || (deleted.Equals(standing) && current.IsDeleted))
            {
                Forget(current);
            }
            else if (!standing.IsNewerThan(deleted))
            {
                InsertFromSync(new Document(id, rev, null), source: null);
            }
        }
    }

    /// <summary>The provider removed what a grave stands for.</summary>
    internal void NoteRemoved(string id, string rev) => Sql.Execute("UPDATE buried SET is_removed = 1 WHERE doc_id = ?1 AND rev = ?2", id, rev);

    /// <summary>Takes away the row of a deletion that a grave tells of already; false when none does.</summary>
    internal bool ForgetBuried(Document tombstone)
    {
        if (Sql.ScalarText("SELECT rev FROM buried WHERE doc_id = ?1", tombstone.Id) != tombstone.Rev)
        {
            return false;
        }

        Forget(tombstone);
        return true;
    }

    /// <summary>
    /// A version came of a document that only a grave tells of. One that is older than the deletion: the provider went back, or somebody sent it who did not know; the
    /// deletion is sent again, or it would come to life on every new device.
    /// </summary>
    private SyncOutcome StayBuried(SyncState state, Document buried, Document incoming)
    {
        Sql.Execute("UPDATE buried SET is_removed = 0 WHERE doc_id = ?1", buried.Id);
        return incoming.IsDeleted
            ? new SyncOutcome(state, buried, IsMerged: false)
            : new SyncOutcome(SyncState.Superseded, WriteLocally(buried, buried.Id, buried.Rev, null, null), IsMerged: true);
    }

    /// <summary>Takes a document's row away; a grave tells of it from now on.</summary>
    private void Forget(Document current)
    {
        if (IsComparing)
        {
            ArchiveReplaced(current, null);
        }

        var type = current.Type;
        Account(current, current with { Json = null });
        Sql.Execute("DELETE FROM document WHERE doc_id = ?1", current.Id);
        Sql.Execute("DELETE FROM document_base WHERE doc_id = ?1", current.Id);
        ReplaceConflicts(current.Id, []);
        _latest = null;
        var gone = current with { Json = null };
        IndexWriter.Apply(Sql, _indexes ??= _store.Indexes.Load(Sql), type, !current.IsDeleted, gone, null);
        _store.Projections.Apply(Sql, current, type, gone, null);
    }
}
