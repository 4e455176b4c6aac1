using Bitmask.Primitives;

namespace Bitmask.Soledad;

public sealed partial class StoreTransaction
{
    private const int DigestPage = 1024;

    private readonly Dictionary<string, long> _seen = [];
    private StateDigest _change;
    private bool _hasChanged;
    private bool _isAccounting;

    /// <summary>Writes what the work adds up to; once, at its end.</summary>
    private void WriteAccount()
    {
        foreach (var (device, seq) in _seen)
        {
            Sql.Execute("INSERT INTO device_seen(device, seq) VALUES (?1, ?2) ON CONFLICT(device) DO UPDATE SET seq = max(seq, excluded.seq)", device, seq);
        }

        if (_hasChanged && Sql.QueryFirstOrDefault("SELECT digest FROM state_digest", static row => row.GetBytesOrNull(0)) is { } digest)
        {
            Sql.Execute("UPDATE state_digest SET digest = ?1", _store.KeepsDigest ? (StateDigest.Read(digest) + _change).ToBytes() : null);
        }
    }

    /// <summary>Computes the digest from all documents: after an update of the program, or of what was written before the keys were known.</summary>
    internal void ComputeDigest()
    {
        var sum = default(StateDigest);
        for (string? after = ""; after is not null;)
        {
            var page = Sql.Query(
                "SELECT doc_id, rev FROM document WHERE doc_id > ?1 AND json IS NOT NULL ORDER BY doc_id LIMIT ?2", static row => (Id: row.GetText(0), Rev: row.GetText(1)), after, DigestPage);
            foreach (var (id, rev) in page.Where(static document => !DeviceHead.IsHead(document.Id)))
            {
                sum += _store.DigestOf(id, rev);
            }

            after = page.Count < DigestPage ? null : page[^1].Id;
        }

        Sql.Execute("UPDATE state_digest SET digest = ?1", sum.ToBytes());
    }

    private void Saw(string id, DeviceId? writer, ulong seq)
    {
        if (writer?.ToString() is { } device && !DeviceHead.IsHead(id))
        {
            _seen[device] = Math.Max(_seen.GetValueOrDefault(device), (long)seq);
            BeginAccount();
        }
    }

    private void Account(Document? before, Document after)
    {
        if (DeviceHead.IsHead(after.Id))
        {
            return;
        }

        _hasChanged = true;
        BeginAccount();
        if (_store.KeepsDigest)
        {
            // What is deleted does not count: a device that is new has only graves of it (security.md A7).
            _change += after.IsDeleted ? default : _store.DigestOf(after.Id, after.Rev);
            _change -= before is null or { IsDeleted: true } ? default : _store.DigestOf(before.Id, before.Rev);
        }
    }

    private void BeginAccount()
    {
        if (!_isAccounting)
        {
            _isAccounting = true;
            Sql.BeforeEnd(WriteAccount);
        }
    }
}
