using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// The blobs of one account on this device: a cache in an encrypted database of its own with a folder for the larger ones, with what still has to go to the provider and what is wanted from it.
/// Blobs never change. <see cref="PutAsync(Stream, BlobPriority, CancellationToken)"/> comes before the document that refers to the blob is committed;
/// <see cref="OpenRead"/> fetches what is not here. Keys are in documents only, so neither this cache nor a transfer can read a blob.
/// </summary>
public sealed partial class BlobStore : IDisposable
{
    private readonly Database _database;
    private readonly BlobFiles _files;
    private readonly BlobStoreOptions _options;

    private BlobStore(Database database, BlobFiles files, BlobStoreOptions options)
    {
        (_database, _files, _options) = (database, files, options);
        database.WriteAsync(SetUp).GetAwaiter().GetResult();
        _cached = database.Read(static tx => tx.ScalarInt64("SELECT sum(cached) FROM blob") ?? 0);
    }

    /// <summary>Something the owner should know: <see cref="SoledadCodes.BlobWithheld"/>, <see cref="SoledadCodes.BlobDamaged"/>, <see cref="SoledadCodes.QuotaExceeded"/>.</summary>
    public event Action<SoledadEvent>? Happened;

    /// <summary>There is something to transfer. Raised on the writer's thread: handlers must be quick.</summary>
    public event Action? TransferWaits;

    /// <summary>The provider has acknowledged these blobs: what waited for that may go on (security.md A7). Raised on the writer's thread.</summary>
    public event Action<IReadOnlyList<string>>? Acknowledged;

    internal TimeProvider Clock => _options.Clock;

    /// <summary>Where missing chunks are fetched; null while there is no provider.</summary>
    internal BlobClient? Remote { get; set; }

    private long Now => Clock.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Opens the store, or makes an empty one.</summary>
    /// <param name="path">The database; its folder must be there. The larger blobs are files in a folder beside it, <c>blobs.d</c> for <c>blobs.db</c>.</param>
    /// <param name="dbKey">This device's random database key of 32 octets (security.md A6); copied.</param>
    /// <param name="options">Limits and settings.</param>
    /// <exception cref="DatabaseException">Wrong key, damaged, in use, written by a newer program: see its subclasses.</exception>
    public static BlobStore Open(string path, SecretBytes dbKey, BlobStoreOptions? options = null)
    {
        options ??= new BlobStoreOptions();
        var database = Database.OpenEncrypted(path, dbKey, options.Database);
        try
        {
            return new BlobStore(database, new BlobFiles(Path.ChangeExtension(path, "d"), options.Writing), options);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Whether the provider has acknowledged a blob. One that is not known here came from there, and counts as stored.</summary>
    public bool IsStored(string name) => Unstored([name]).Count == 0;

    /// <summary>Of these, the blobs that the provider has not acknowledged yet. Only when there are none may the incoming item that they came from be removed (security.md A7).</summary>
    public IReadOnlyList<string> Unstored(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return _database.Read(tx => names.Where(name => Find(tx, "", name) is { State: not (BlobState.Stored or BlobState.Remote) }).ToList());
    }

    /// <summary>
    /// Of these, the blobs of which this device does not know that the provider has them: neither has it been told so nor has it fetched them from there.
    /// Another device may have made them and never sent them (security.md A7); <see cref="AdoptAsync"/> helps when the content is at hand.
    /// </summary>
    public IReadOnlyList<string> Unconfirmed(IEnumerable<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        return _database.Read(tx => names.Where(name => tx.ScalarInt64(
            "SELECT 1 FROM blob WHERE namespace = '' AND name = ?1 AND (state = 3 OR (state = 4 AND own = 1))", name) is null).ToList());
    }

    /// <summary>Where a blob is; null when nothing is known of it here.</summary>
    public BlobState? StateOf(string name) => Find(name)?.State;

    /// <summary>What the status shows.</summary>
    public BlobCounts Counts() => _database.Read(tx =>
    {
        var states = tx.Query("SELECT state, count(*) FROM blob GROUP BY state", static row => (State: (BlobState)row.GetInt32(0), Count: row.GetInt64(1)))
            .ToDictionary(static row => row.State, static row => row.Count);
        long Of(BlobState state) => states.GetValueOrDefault(state);
        return new BlobCounts(
            Of(BlobState.Local) + Of(BlobState.Uploading),
            Of(BlobState.Stored),
            Of(BlobState.Remote),
            tx.ScalarInt64("SELECT count(*) FROM transfer WHERE direction = 1") ?? 0,
            tx.ScalarInt64("SELECT count(*) FROM transfer WHERE direction = 2") ?? 0,
            Interlocked.Read(ref _cached),
            tx.ScalarText("SELECT reason FROM transfer WHERE reason IS NOT NULL ORDER BY next_attempt LIMIT 1"));
    });

    /// <summary>Keeps a blob here whatever the cache's limit, or no longer. A pinned blob that is not here is fetched.</summary>
    public async Task PinAsync(BlobRef blob, bool isPinned, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        if (isPinned)
        {
            await WantAsync([blob], BlobPriority.Low, isPinned, cancellationToken).ConfigureAwait(false);
            return;
        }

        await _database.WriteAsync(tx => tx.Execute("UPDATE blob SET pinned = ?2 WHERE namespace = '' AND name = ?1", blob.Name, isPinned), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>No blob is pinned any more.</summary>
    public async Task UnpinAsync(CancellationToken cancellationToken = default)
    {
        if (_database.Read(static tx => tx.ScalarInt64("SELECT 1 FROM blob WHERE pinned = 1 LIMIT 1")) is not null)
        {
            await _database.WriteAsync(static tx => tx.Execute("UPDATE blob SET pinned = 0 WHERE pinned = 1"), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads every page; empty when the file is sound.</summary>
    public IReadOnlyList<string> CheckIntegrity() => _database.CheckIntegrity();

    /// <summary>Finishes the writes that wait and closes the file.</summary>
    public void Dispose()
    {
        try
        {
            _database.WriteAsync(WriteUses).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // When a blob was last used is no loss.
        }

        _database.Dispose();
    }

    internal BlobRow? Find(string name, string ns = "") => _database.Read(tx => Find(tx, ns, name));

    internal void Tell(string code, string text, string? name = null) => Happened?.Invoke(new SoledadEvent(code, text, name));

    private static BlobRow? Find(ReadTransaction tx, string ns, string name)
        => tx.QueryFirstOrDefault($"SELECT {BlobRow.Columns} FROM blob b WHERE b.namespace = ?1 AND b.name = ?2", BlobRow.Read, ns, name);

    private void SetUp(WriteTransaction tx)
    {
        Migrations.Apply(tx, BlobSchema.Migrations);
        foreach (var id in tx.Query("SELECT id FROM blob WHERE state = 0", static row => row.GetInt64(0)))
        {
            Remove(tx, id); // nobody has a reference to what was not written to its end
        }

        var files = _files.List();
        foreach (var blob in tx.Query($"SELECT {BlobRow.Columns} FROM blob b WHERE b.file IS NOT NULL", BlobRow.Read))
        {
            // What was downloaded is not synced: a power cut may have left less of it than its rows say, and it can be fetched again.
            var isThere = files.Remove(blob.File!, out var octets) && (!blob.IsWhole || octets == blob.Cached);
            if (!isThere && blob is { Cached: > 0, State: BlobState.Stored or BlobState.Remote })
            {
                Forget(tx, blob);
            }
        }

        tx.AfterCommit(() => files.Keys.ToList().ForEach(_files.Remove)); // left by a crash
    }

    /// <summary>Drops what is here of a blob that the provider has. What comes later goes into another file, so that nobody who still writes to this one harms it.</summary>
    private void Forget(WriteTransaction tx, BlobRow blob)
    {
        RemoveChunks(tx, blob.Id);
        tx.Execute("UPDATE blob SET cached = 0, state = 4, file = ?2 WHERE id = ?1", blob.Id, BlobFiles.NewName(blob.Size));
        RemoveFile(tx, blob.File);
    }

    private void Remove(WriteTransaction tx, long id)
    {
        RemoveFile(tx, tx.ScalarText("SELECT file FROM blob WHERE id = ?1", id));
        RemoveChunks(tx, id);
        tx.Execute("DELETE FROM blob WHERE id = ?1", id);
    }

    private void RemoveFile(WriteTransaction tx, string? name)
    {
        if (name is not null)
        {
            tx.AfterCommit(() => _files.Remove(name));
        }
    }

    private static void RemoveChunks(WriteTransaction tx, long id)
        => tx.Execute("DELETE FROM chunk WHERE id BETWEEN ?1 AND ?2", id << BlobSchema.ChunkBits, ((id + 1) << BlobSchema.ChunkBits) - 1);
}
