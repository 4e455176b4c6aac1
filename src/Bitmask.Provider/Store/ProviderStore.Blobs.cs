using Bitmask.Primitives;
using Bitmask.Provider.Blobs;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    private const string BlobColumns = "seq, account, namespace, name, size, hash, flags, deleted";

    /// <summary>A whole blob that is not in the trash; null when there is none.</summary>
    public StoredBlob? FindBlob(BlobKey key) => FindBlobRow(key) is { IsDeleted: false } blob ? blob : null;

    /// <summary>The row of a blob, also of one in the trash.</summary>
    public StoredBlob? FindBlobRow(BlobKey key) => _database.Read(t => FindBlobRow(t, key));

    /// <summary>
    /// Enters blobs whose octets are durable in the folder. Of each one whether it was entered: false when there is one of that name. The whole
    /// call is one transaction.
    /// </summary>
    public Task<bool[]> AddBlobsAsync(IReadOnlyList<(BlobKey Key, long Size, byte[] Hash)> blobs, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            var added = new bool[blobs.Count];
            for (var i = 0; i < blobs.Count; i++)
            {
                var (key, size, hash) = blobs[i];
                added[i] = t.Execute(
                    "INSERT INTO blob(account, namespace, name, size, hash, flags, deleted) SELECT id, ?2, ?3, ?4, ?5, 0, NULL FROM user WHERE id = ?1 ON CONFLICT DO NOTHING",
                    key.Account.Value, key.Namespace, key.Name, size, hash) > 0;
            }

            foreach (var account in blobs.Where((_, i) => added[i]).Select(static blob => blob.Key.Account).Distinct())
            {
                TellAfterCommit(t, account);
            }

            return added;
        },
        cancellationToken);

    /// <summary>A page of an account's blobs in the order of their arrival. <paramref name="flag"/> 0 means all.</summary>
    public IReadOnlyList<(long Seq, string Name)> ListBlobs(UserId account, string ns, long after, bool newestFirst, int flag, bool deleted, int limit) => _database.Read(t => t.Query(
        newestFirst
            ? "SELECT seq, name FROM blob WHERE account = ?1 AND namespace = ?2 AND seq < ?3 AND (deleted IS NOT NULL) = ?4 AND (?5 = 0 OR flags & ?5) ORDER BY seq DESC LIMIT ?6"
            : "SELECT seq, name FROM blob WHERE account = ?1 AND namespace = ?2 AND seq > ?3 AND (deleted IS NOT NULL) = ?4 AND (?5 = 0 OR flags & ?5) ORDER BY seq LIMIT ?6",
        static row => (row.GetInt64(0), row.GetText(1)),
        account.Value, ns, after, deleted, flag, limit));

    public long CountBlobs(UserId account, string ns, int flag, bool deleted) => _database.Read(t => t.ScalarInt64(
        "SELECT count(*) FROM blob WHERE account = ?1 AND namespace = ?2 AND (deleted IS NOT NULL) = ?3 AND (?4 = 0 OR flags & ?4)",
        account.Value, ns, deleted, flag) ?? 0);

    /// <summary>False when there is no such blob.</summary>
    public Task<bool> SetBlobFlagsAsync(BlobKey key, int flags, CancellationToken cancellationToken) => _database.WriteAsync(
        t => TellIf(t, key.Account, t.Execute(
            "UPDATE blob SET flags = ?4 WHERE account = ?1 AND namespace = ?2 AND name = ?3 AND deleted IS NULL", key.Account.Value, key.Namespace, key.Name, flags) > 0),
        cancellationToken);

    /// <summary>Puts a blob into the trash. False when there is no such blob.</summary>
    public Task<bool> DeleteBlobAsync(BlobKey key, CancellationToken cancellationToken) => _database.WriteAsync(
        t => TellIf(t, key.Account, t.Execute(
            "UPDATE blob SET deleted = ?4, flags = 0 WHERE account = ?1 AND namespace = ?2 AND name = ?3 AND deleted IS NULL", key.Account.Value, key.Namespace, key.Name, Now) > 0),
        cancellationToken);

    /// <summary>Takes a blob out of the trash. True also when it was never there; false when it is gone for good.</summary>
    public Task<bool> UndeleteBlobAsync(BlobKey key, CancellationToken cancellationToken) => _database.WriteAsync(
        t => TellIf(t, key.Account, t.Execute(
            "UPDATE blob SET deleted = NULL WHERE account = ?1 AND namespace = ?2 AND name = ?3 AND hash IS NOT NULL", key.Account.Value, key.Namespace, key.Name) > 0),
        cancellationToken);

    /// <summary>Forgets rows: those in the trash whose name is used again or whose time is over, and those whose file scrubbing found gone.</summary>
    public Task ForgetBlobAsync(BlobKey key, CancellationToken cancellationToken) => _database.WriteAsync(t => Forget(t, key), cancellationToken);

    /// <summary>
    /// Takes a blob whose time in the trash is over out of the account's count; false when it was taken out of the trash meanwhile. For LEAP's
    /// clients, who delete by the list of deleted names, the name stays.
    /// </summary>
    public Task<bool> PurgeBlobAsync(BlobKey key, long deletedBefore, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            if (FindBlobRow(t, key) is not { HasContent: true, Deleted: { } deleted } blob || deleted > deletedBefore)
            {
                return false;
            }

            if (t.ScalarText("SELECT mode FROM user WHERE id = ?1", key.Account.Value) == "leap")
            {
                t.Execute("UPDATE blob SET size = 0, hash = NULL WHERE seq = ?1", blob.Seq);
            }
            else
            {
                Forget(t, key);
            }

            return true;
        },
        cancellationToken);

    /// <summary>Blobs that went into the trash before a time, some at a time.</summary>
    public IReadOnlyList<BlobKey> ListTrash(long deletedBefore, int limit) => _database.Read(t => t.Query(
        "SELECT account, namespace, name FROM blob WHERE deleted <= ?1 AND hash IS NOT NULL ORDER BY deleted LIMIT ?2",
        static row => new BlobKey(new UserId(row.GetText(0)), row.GetText(1), row.GetText(2)), deletedBefore, limit));

    /// <summary>A page of all blobs of all accounts that must have a file.</summary>
    public IReadOnlyList<StoredBlob> ListAllBlobs(long after, int limit) => _database.Read(t => t.Query(
        $"SELECT {BlobColumns} FROM blob WHERE seq > ?1 AND hash IS NOT NULL ORDER BY seq LIMIT ?2", ReadBlob, after, limit));

    /// <summary>Octets of an account's blobs, those in the trash included.</summary>
    public long BlobOctets(UserId account) => _database.Read(t => t.ScalarInt64("SELECT blobs FROM usage WHERE account = ?1", account.Value) ?? 0);

    /// <summary>Octets that an account takes in all: documents, waiting mail, blobs and trash.</summary>
    public long UsedOctets(UserId account) => _database.Read(t => ReadUsedOctets(t, account));

    private bool TellIf(WriteTransaction transaction, UserId account, bool changed)
    {
        if (changed)
        {
            TellAfterCommit(transaction, account);
        }

        return changed;
    }

    private static long ReadUsedOctets(ReadTransaction transaction, UserId account)
        => transaction.ScalarInt64("SELECT documents + incoming + blobs FROM usage WHERE account = ?1", account.Value) ?? 0;

    private static StoredBlob? FindBlobRow(ReadTransaction transaction, BlobKey key) => transaction.QueryFirstOrDefault(
        $"SELECT {BlobColumns} FROM blob WHERE account = ?1 AND namespace = ?2 AND name = ?3", ReadBlob, key.Account.Value, key.Namespace, key.Name);

    private static StoredBlob ReadBlob(Row row) => new(
        row.GetInt64(0), new BlobKey(new UserId(row.GetText(1)), row.GetText(2), row.GetText(3)), row.GetInt64(4), row.GetBytesOrNull(5), row.GetInt32(6), row.GetInt64OrNull(7));

    private static void Forget(WriteTransaction transaction, BlobKey key)
        => transaction.Execute("DELETE FROM blob WHERE account = ?1 AND namespace = ?2 AND name = ?3", key.Account.Value, key.Namespace, key.Name);
}
