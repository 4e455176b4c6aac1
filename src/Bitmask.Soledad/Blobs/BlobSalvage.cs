using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>Makes the tables of <c>blobs.db</c> agree with each other again after they were copied out of a damaged file.</summary>
public static class BlobSalvage
{
    private const int BlobsAtOnce = 500;

    /// <summary>Makes an empty database of blobs with the tables of today; its folder must be there.</summary>
    public static Database Create(string path, SecretBytes dbKey)
    {
        var database = Database.OpenEncrypted(path, dbKey, new BlobStoreOptions().Database);
        try
        {
            database.WriteAsync(static tx => Migrations.Apply(tx, BlobSchema.Migrations)).GetAwaiter().GetResult();
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Of blobs that the provider has, chunks that are lost are fetched again when they are wanted. Blobs that were only here and lack one are lost: answers how many of these there are.
    /// </summary>
    public static async Task<int> MendAsync(Database database, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(database);
        await database.WriteAsync(
            static tx => tx.Execute($"DELETE FROM chunk WHERE id >> {BlobSchema.ChunkBits} NOT IN (SELECT id FROM blob)"), cancellationToken).ConfigureAwait(false);
        var lost = 0;
        for (long? last = long.MinValue; last is { } after;)
        {
            (last, var some) = await database.WriteAsync(tx => MendSome(tx, after), cancellationToken).ConfigureAwait(false);
            lost += some;
        }

        return lost;
    }

    private static (long? Last, int Lost) MendSome(WriteTransaction tx, long after)
    {
        var blobs = tx.Query($"SELECT {BlobRow.Columns} FROM blob b WHERE b.id > ?1 ORDER BY b.id LIMIT ?2", BlobRow.Read, after, BlobsAtOnce);
        var lost = blobs.Count(blob => !Mend(tx, blob));
        return (blobs.Count < BlobsAtOnce ? null : blobs[^1].Id, lost);
    }

    private static bool Mend(WriteTransaction tx, BlobRow blob)
    {
        var start = blob.Id << BlobSchema.ChunkBits;
        var cached = tx.Query("SELECT id FROM chunk WHERE id >= ?1 AND id < ?2", static row => row.GetInt64(0), start, start + blob.Chunks).Sum(id => (long)blob.ChunkLength(id - start));
        var isWhole = (blob with { Cached = cached }).IsWhole;
        if (blob.State is BlobState.Local or BlobState.Uploading && !isWhole)
        {
            tx.Execute("DELETE FROM chunk WHERE id >= ?1 AND id < ?2", start, start + (1L << BlobSchema.ChunkBits));
            tx.Execute("DELETE FROM blob WHERE id = ?1", blob.Id);
            return false;
        }

        var state = blob.State is BlobState.Stored or BlobState.Remote ? isWhole ? BlobState.Stored : BlobState.Remote : blob.State;
        tx.Execute("UPDATE blob SET cached = ?2, state = ?3 WHERE id = ?1", blob.Id, cached, (int)state);
        if (state is BlobState.Local or BlobState.Uploading)
        {
            tx.Execute("INSERT OR IGNORE INTO transfer(blob, direction, priority, next_attempt) VALUES (?1, 1, ?2, 0)", blob.Id, (int)BlobPriority.Medium);
        }

        return true;
    }
}
