using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <content>A re-join compares everything; a copy of this device may have used its numbers (security.md B5).</content>
public sealed partial class StoreTransaction
{
    private bool? _isComparing;

    private bool IsComparing => _isComparing ??= RejoinRun.IsOpen(this);

    /// <summary>The provider has shown this version while everything is compared.</summary>
    internal void NoteCompared(string id, string rev)
        => Sql.Execute("INSERT INTO compared(doc_id, rev) VALUES (?1, ?2) ON CONFLICT(doc_id) DO UPDATE SET rev = excluded.rev", id, rev);

    private bool HasRow(string id) => Sql.ScalarInt64("SELECT 1 FROM document WHERE doc_id = ?1", id) is not null;

    /// <summary>
    /// Keeps what gives way to a later revision. Where a device or the provider went back, a revision may have been given twice, and the later one then
    /// knows nothing of what it replaces.
    /// </summary>
    private void ArchiveReplaced(Document? current, string? json)
    {
        if (current is { IsDeleted: false } && !DocumentContent.AreEqual(current.Json, json))
        {
            Archive(current);
        }
    }

    private void Archive(Document version) => Sql.Execute(
        "INSERT INTO conflict_archive(doc_id, rev, json, archived) VALUES (?1, ?2, ?3, ?4)",
        version.Id, version.Rev, version.Json, _store.Clock.GetUtcNow().ToUnixTimeSeconds());
}
