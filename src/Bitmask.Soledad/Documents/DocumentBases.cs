using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>What documents were before the changes that this device has not sent yet (<see cref="IConflictResolver.NeedsBase"/>).</summary>
public static class DocumentBases
{
    /// <summary>The content before; null when nothing is kept.</summary>
    /// <param name="transaction">Of the store; projections have one at hand.</param>
    /// <param name="id">The document.</param>
    public static string? Find(ReadTransaction transaction, string id)
    {
        ArgumentNullException.ThrowIfNull(transaction);
        return transaction.ScalarText("SELECT json FROM document_base WHERE doc_id = ?1", id);
    }
}
