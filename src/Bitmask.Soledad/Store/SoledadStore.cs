using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>
/// The documents of one account on this device, in one encrypted file, together with the tables that others derive from
/// them. It works without a network; <see cref="LocalChange"/> tells the sync loop that there is something to send.
/// </summary>
public sealed class SoledadStore : IDisposable
{
    private static readonly TimeSpan ArchiveTime = TimeSpan.FromDays(30);

    private readonly Dictionary<string, IConflictResolver> _resolvers;
    private readonly Func<(string ReplicaUid, DeviceId DeviceId)> _newIdentity;
    private volatile StoreIdentity _identity;
    private volatile SecretBytes? _digestKey;

    private SoledadStore(Database database, SoledadOptions options)
    {
        Database = database;
        Clock = options.Clock;
        MaxDocumentOctets = options.MaxDocumentOctets;
        KeepsConflicts = options.KeepsConflicts;
        Projections = new ProjectionSet(options.Projections);
        _newIdentity = options.NewIdentity;
        _resolvers = options.Resolvers.ToDictionary(static resolver => resolver.DocumentType, StringComparer.Ordinal);
        _identity = database.WriteAsync(tx => SetUp(tx, options)).GetAwaiter().GetResult();
    }

    /// <summary>
    /// Raised on the writer's thread after a commit that holds something to send, with the generation reached. Handlers must be quick
    /// and must not wait for a write.
    /// </summary>
    public event Action<long>? LocalChange;

    /// <summary>Names this copy in revisions and at the provider; 32 hex digits, random, in no other copy. A re-join takes a new one.</summary>
    public string ReplicaUid => _identity.ReplicaUid;

    /// <summary>Names this device inside sealed documents. A re-join takes a new one.</summary>
    public DeviceId DeviceId => _identity.DeviceId;

    /// <summary>The file: device-local tables of other rooms live in it, too.</summary>
    public Database Database { get; }

    internal TimeProvider Clock { get; }

    internal long MaxDocumentOctets { get; }

    internal bool KeepsConflicts { get; }

    internal bool KeepsDigest => _digestKey is not null;

    internal ProjectionSet Projections { get; }

    internal IndexWriter Indexes { get; } = new();

    /// <summary>Opens the store, or makes an empty one.</summary>
    /// <param name="path">The file; its folder must be there.</param>
    /// <param name="dbKey">This device's random database key of 32 octets (security.md A6); copied.</param>
    /// <param name="options">Projections, resolvers and settings of the file.</param>
    /// <exception cref="DatabaseException">Wrong key, damaged, in use, written by a newer program: see its subclasses.</exception>
    public static SoledadStore Open(string path, SecretBytes dbKey, SoledadOptions? options = null)
    {
        options ??= new SoledadOptions();
        var database = Database.OpenEncrypted(path, dbKey, options.Database);
        try
        {
            return new SoledadStore(database, options);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Runs one change on the writer's thread and completes once it is durable. It must be quick and do no other I/O.</summary>
    public Task<T> WriteAsync<T>(Func<StoreTransaction, T> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Database.WriteAsync(tx => work(new StoreTransaction(this, tx)), cancellationToken);
    }

    /// <summary>As <see cref="WriteAsync{T}"/>, without a result.</summary>
    public Task WriteAsync(Action<StoreTransaction> work, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Database.WriteAsync(tx => work(new StoreTransaction(this, tx)), cancellationToken);
    }

    /// <summary>Reads one snapshot on the caller's thread.</summary>
    public T Read<T>(Func<StoreReader, T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        return Database.Read(tx => work(new StoreReader(tx)));
    }

    /// <summary>
    /// Keeps a digest of the documents from now on, by which devices notice a provider that tells them different stories (security.md B1). For
    /// sealed accounts; a LEAP account has no place for it.
    /// </summary>
    /// <param name="key">The account's digest key; copied.</param>
    public void KeepDigest(SecretBytes key)
    {
        ArgumentNullException.ThrowIfNull(key);
        _digestKey ??= key.Clone();
    }

    /// <summary>Finishes the writes that wait and closes the file.</summary>
    public void Dispose()
    {
        Database.Dispose();
        _digestKey?.Dispose();
    }

    /// <summary>Takes a new identity, together with <paramref name="work"/>.</summary>
    internal async Task RenameAsync(Action<StoreTransaction> work, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(
                tx =>
                {
                    // At once: the next work may run before this one is committed, and is committed only with it.
                    _identity = StoreIdentity.Renew(tx.Sql, _newIdentity());
                    work(tx);
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _identity = Database.Read(StoreIdentity.Read);
            throw;
        }
    }

    internal StateDigest DigestOf(string id, string rev) => StateDigest.Of(_digestKey!.Span, id, rev);

    internal IConflictResolver? ResolverOf(string type) => _resolvers.GetValueOrDefault(type);

    internal void Announce(long generation) => LocalChange?.Invoke(generation);

    private StoreIdentity SetUp(WriteTransaction transaction, SoledadOptions options)
    {
        Migrations.Apply(transaction, [.. StoreSchema.Migrations, .. RejoinSchema.Migrations, .. HeadSchema.Migrations, .. GraveSchema.Migrations]);
        var (uid, device) = options.NewIdentity();
        transaction.Execute(
            "INSERT INTO store_identity(id, replica_uid, device_id, seq) VALUES (1, ?1, ?2, 0) ON CONFLICT(id) DO NOTHING",
            options.ReplicaUid ?? uid, device.ToString());
        transaction.Execute("DELETE FROM conflict_archive WHERE archived < ?1", (options.Clock.GetUtcNow() - ArchiveTime).ToUnixTimeSeconds());
        Projections.SetUp(transaction);
        return StoreIdentity.Read(transaction);
    }
}
