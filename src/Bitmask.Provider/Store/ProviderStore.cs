using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

/// <summary>
/// All state of a provider: one embedded database, one class, a file per subject. What it stores of a mailbox is ciphertext; it
/// has no key to any of it. A write has happened, on disk, when its task ends.
/// </summary>
internal sealed partial class ProviderStore : IDisposable
{
    private readonly Database _database;
    private readonly TimeProvider _clock;

    private ProviderStore(Database database, TimeProvider clock)
    {
        _database = database;
        _clock = clock;
    }

    /// <summary>Told after every commit which account has new documents, incoming mail, blobs, or sessions that ended.</summary>
    public event Action<UserId>? Changed;

    private long Now => _clock.GetUtcNow().ToUnixTimeSeconds();

    private long Today => Now / 86400;

    /// <exception cref="ProviderException">The database is in use, damaged, or written by a newer program.</exception>
    public static ProviderStore Open(string path, TimeProvider clock, DatabaseOptions? options = null)
    {
        Database? database = null;
        try
        {
            database = Database.OpenPlain(path, options ?? new DatabaseOptions());
            database.WriteAsync(t =>
            {
                Migrations.Apply(t, Schema.Migrations);
                t.Execute("DELETE FROM sync_staged");
            }).GetAwaiter().GetResult();
            return new ProviderStore(database, clock);
        }
        catch (DatabaseException e)
        {
            database?.Dispose();
            throw new ProviderException(e switch
            {
                DatabaseInUseException => $"{path} is in use: another bitmask-provider runs on this data folder. Stop it first.",
                DatabaseDamagedException or WrongDatabaseKeyException => $"{path} is damaged. Stop here, keep the file, and restore the data folder from a backup; clients upload what the backup lacks.",
                DatabaseFullException => $"{path} can not grow: the disk is full. Free some space, then start again.",
                _ => e.Message,
            }, e);
        }
    }

    /// <summary>Forgets what has run out. Called every few minutes.</summary>
    public Task CleanAsync(CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            t.Execute("DELETE FROM token WHERE seen < ?1 OR created < ?2 OR created > ?3", Now - TokenIdleSeconds, Now - TokenLifeSeconds, Now + TokenSkewSeconds);
            t.Execute("DELETE FROM sync_seen WHERE expires < ?1", Now);
            t.Execute("DELETE FROM repeat WHERE expires < ?1", Now);
            t.Execute("DELETE FROM certificate WHERE not_after < ?1", Now);
        },
        cancellationToken);

    /// <summary>Reads every page; empty when all is well.</summary>
    public IReadOnlyList<string> CheckIntegrity() => _database.CheckIntegrity();

    public void Dispose() => _database.Dispose();

    private void TellAfterCommit(WriteTransaction transaction, UserId account) => transaction.AfterCommit(() => Changed?.Invoke(account));
}
