using Bitmask.Sqlite;

namespace Bitmask.Soledad.Leap;

/// <summary>
/// Arrived mail of a LEAP account. It comes through the document stream in clear JSON around an OpenPGP message, written by the
/// provider; it is kept in a table of its own, so that nothing unauthenticated ever stands among the documents.
/// </summary>
/// <param name="store">The account's store.</param>
public sealed class LeapIncomingBox(SoledadStore store)
{
    private static readonly Migration[] Tables =
    [
        new("soledad.leap", 1, "CREATE TABLE leap_incoming(doc_id TEXT PRIMARY KEY, rev TEXT NOT NULL, json TEXT NOT NULL) STRICT;"),
    ];

    /// <summary>Makes the table. To be called before a LEAP account syncs.</summary>
    public static Task SetUpAsync(SoledadStore store)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.WriteAsync(static tx => Migrations.Apply(tx.Sql, Tables));
    }

    /// <summary>The mail that waits.</summary>
    public IReadOnlyList<Document> List()
        => store.Read(static reader => reader.Sql.Query(
            "SELECT doc_id, rev, json FROM leap_incoming ORDER BY doc_id", static row => new Document(row.GetText(0), row.GetText(1), row.GetText(2))));

    /// <summary>Removes an item here and, with the next sync, at the provider.</summary>
    public Task RemoveAsync(string id, CancellationToken cancellationToken = default)
        => store.WriteAsync(tx => Remove(tx, id), cancellationToken);

    internal static void Add(StoreTransaction transaction, Document document)
        => transaction.Sql.Execute(
            "INSERT INTO leap_incoming(doc_id, rev, json) VALUES (?1, ?2, ?3) ON CONFLICT(doc_id) DO UPDATE SET rev = excluded.rev, json = excluded.json",
            document.Id, document.Rev, document.Json);

    /// <summary>Another device has worked the item off.</summary>
    internal static void Forget(StoreTransaction transaction, DecodeAnswer.Delete deletion)
    {
        if (deletion.Origin is null) // in a sealed account every deletion has an author, and this table is not there
        {
            Forget(transaction, deletion.Document.Id);
        }
    }

    private static void Forget(StoreTransaction transaction, string id)
        => transaction.Sql.Execute("DELETE FROM leap_incoming WHERE doc_id = ?1", id);

    private static void Remove(StoreTransaction transaction, string id)
    {
        var rev = transaction.Sql.ScalarText("SELECT rev FROM leap_incoming WHERE doc_id = ?1", id);
        if (rev is null || SyncClient.TargetOf(transaction) is not { } target)
        {
            return;
        }

        // The deletion has to come after the provider's revision: take that one in as deleted, then delete it once more as our own.
        var (generation, transactionId) = transaction.GetSync(target);
        transaction.InsertFromSync(new Document(id, rev, null), new SyncSource(target, generation, transactionId));
        transaction.Delete(id, transaction.Put(id, null, "{}").Rev);
        Forget(transaction, id);
    }
}
