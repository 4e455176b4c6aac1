using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

public sealed partial class StoreTransaction
{
    /// <summary>Forgets the bases of all changes but those after a number of this device: these are not sent yet.</summary>
    internal void ForgetBases(ulong seq)
    {
        if (Sql.ScalarInt64("SELECT 1 FROM document_base LIMIT 1") is not null)
        {
            Sql.Execute(
                """
                DELETE FROM document_base WHERE NOT EXISTS (
                  SELECT 1 FROM document d WHERE d.doc_id = document_base.doc_id AND d.is_local = 1 AND d.writer = ?1 AND d.seq > ?2)
                """,
                _store.DeviceId.ToString(), (long)seq);
        }
    }

    /// <summary>
    /// What others have is in the version here now: a new name of this device must not make it look as if it were not, and later changes are
    /// changes of that.
    /// </summary>
    private void LearnBase(Revision known, Document incoming)
    {
        if (Sql.QueryFirstOrDefault<(bool IsLocal, string? Base)?>(
            "SELECT is_local, base_rev FROM document WHERE doc_id = ?1", static row => (row.GetBoolean(0), row.GetTextOrNull(1)), incoming.Id) is not (true, var before))
        {
            return;
        }

        Sql.Execute("UPDATE document SET base_rev = ?2 WHERE doc_id = ?1", incoming.Id, Revision.Parse(before).Maximize(known).ToString());
        if (incoming.Json is { } json && incoming.Type is { } type && NeedsBase(type))
        {
            SetBase(incoming.Id, json);
        }
    }

    /// <summary>Before a document is written: keeps what it was, when that is what others know.</summary>
    private void KeepBase(Document? before, string? typeBefore, bool isLocal)
    {
        if (before is null)
        {
            return;
        }

        if (!isLocal)
        {
            Sql.Execute("DELETE FROM document_base WHERE doc_id = ?1", before.Id);
        }
        else if (typeBefore is not null && NeedsBase(typeBefore) && !IsUnsent(before.Id))
        {
            SetBase(before.Id, before.Json!);
        }
        else if (before.IsDeleted && !IsUnsent(before.Id))
        {
            Sql.Execute("DELETE FROM document_base WHERE doc_id = ?1", before.Id);
        }
    }

    private bool NeedsBase(string type) => _store.ResolverOf(type) is { NeedsBase: true };

    private bool IsUnsent(string id) => Sql.ScalarInt64(
        "SELECT 1 FROM document WHERE doc_id = ?1 AND is_local = 1 AND writer = ?2 AND seq > (SELECT acked_seq FROM store_identity)", id, _store.DeviceId.ToString()) is not null;

    private void SetBase(string id, string json)
        => Sql.Execute("INSERT INTO document_base(doc_id, json) VALUES (?1, ?2) ON CONFLICT(doc_id) DO UPDATE SET json = excluded.json", id, json);
}
