using Bitmask.Sqlite;

namespace Bitmask.Soledad;

/// <summary>What goes to the provider and what comes from it, as rows that outlive the process.</summary>
public sealed partial class BlobStore
{
    /// <summary>A next attempt farther ahead than any pause was noted by a clock that has been set back since: it is due.</summary>
    private static readonly TimeSpan FarAhead = TimeSpan.FromDays(1);

    private long NowMilliseconds => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Has a blob fetched as a whole, in the background; nothing when it is here.</summary>
    public Task WantAsync(BlobRef blob, BlobPriority priority = BlobPriority.Low, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blob);
        return WantAsync([blob], priority, isPinned: false, cancellationToken);
    }

    /// <summary>As <see cref="WantAsync(BlobRef, BlobPriority, CancellationToken)"/>, for many at once; pinned ones then stay whatever the cache's limit.</summary>
    public async Task WantAsync(IReadOnlyList<BlobRef> blobs, BlobPriority priority = BlobPriority.Low, bool isPinned = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        await _database.WriteAsync(
            tx =>
            {
                foreach (var blob in blobs)
                {
                    if (RowOf(tx, blob) is { State: BlobState.Remote, IsWhole: false } row)
                    {
                        Enqueue(tx, row.Id, isUpload: false, priority);
                    }

                    if (isPinned)
                    {
                        tx.Execute("UPDATE blob SET pinned = 1 WHERE namespace = '' AND name = ?1", blob.Name);
                    }
                }
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tries all waiting transfers again now.</summary>
    public Task RetryAsync(CancellationToken cancellationToken = default) => _database.WriteAsync(
        tx =>
        {
            tx.Execute("UPDATE transfer SET next_attempt = 0");
            tx.AfterCommit(() => TransferWaits?.Invoke());
        },
        cancellationToken);

    /// <summary>The transfers that are due, the most urgent first.</summary>
    internal IReadOnlyList<BlobTransferRow> Due(int limit) => _database.Read(tx => tx.Query(
        $"""
        SELECT {BlobRow.Columns}, t.direction, t.priority, t.attempts FROM transfer t INDEXED BY transfer_by_priority JOIN blob b ON b.id = t.blob
        WHERE (t.next_attempt <= ?1 OR t.next_attempt > ?3) ORDER BY t.priority DESC, t.blob LIMIT ?2
        """,
        static row => new BlobTransferRow(BlobRow.Read(row), row.GetInt32(7) == 1, (BlobPriority)row.GetInt32(8), row.GetInt32(9)),
        NowMilliseconds, limit, NowMilliseconds + (long)FarAhead.TotalMilliseconds));

    /// <summary>When the next transfer is due; null when none waits.</summary>
    internal DateTimeOffset? NextAttempt()
    {
        if (_database.Read(static tx => tx.ScalarInt64("SELECT min(next_attempt) FROM transfer")) is not { } next)
        {
            return null;
        }

        var (time, now) = (DateTimeOffset.FromUnixTimeMilliseconds(next), Clock.GetUtcNow());
        return time > now + FarAhead ? now : time;
    }

    internal Task BeginUploadAsync(BlobRow blob, CancellationToken cancellationToken)
        => _database.WriteAsync(tx => tx.Execute("UPDATE blob SET state = 2 WHERE id = ?1 AND state = 1", blob.Id), cancellationToken);

    /// <summary>The provider has them, durably.</summary>
    internal Task AcknowledgeAsync(IReadOnlyList<BlobRow> blobs) => _database.WriteAsync(tx =>
    {
        foreach (var blob in blobs)
        {
            tx.Execute("UPDATE blob SET state = 3 WHERE id = ?1 AND state IN (1, 2)", blob.Id);
            tx.Execute("DELETE FROM transfer WHERE blob = ?1 AND direction = 1", blob.Id);
        }

        tx.AfterCommit(() => Acknowledged?.Invoke([.. blobs.Select(static blob => blob.Name)]));
    });

    /// <summary>Nothing more is to be fetched of them. With its last chunk a blob's download ends by itself.</summary>
    internal Task EndDownloadAsync(IReadOnlyList<BlobRow> blobs) => blobs.Count == 0 ? Task.CompletedTask : _database.WriteAsync(tx =>
    {
        foreach (var blob in blobs)
        {
            tx.Execute("DELETE FROM transfer WHERE blob = ?1 AND direction = 2", blob.Id);
        }
    });

    /// <summary>Tries again later, and says why.</summary>
    internal Task PostponeAsync(IReadOnlyList<(BlobTransferRow Transfer, TimeSpan Wait, string Reason)> transfers) => _database.WriteAsync(tx =>
    {
        foreach (var (transfer, wait, reason) in transfers)
        {
            tx.Execute("UPDATE transfer SET attempts = attempts + 1, next_attempt = ?2, reason = ?3 WHERE blob = ?1", transfer.Blob.Id, NowMilliseconds + (long)wait.TotalMilliseconds, reason);
            tx.Execute("UPDATE blob SET state = 1 WHERE id = ?1 AND state = 2", transfer.Blob.Id);
        }
    });

    /// <summary>The provider does not have it although it should: uploaded anew when it is here. False when it is not.</summary>
    internal Task<bool> UploadAgainAsync(string name, CancellationToken cancellationToken) => _database.WriteAsync(
        tx =>
        {
            if (Find(tx, "", name) is not { IsWhole: true } blob)
            {
                return false;
            }

            if (blob.State is BlobState.Stored or BlobState.Remote)
            {
                tx.Execute("UPDATE blob SET state = 1 WHERE id = ?1", blob.Id);
                Enqueue(tx, blob.Id, isUpload: true, BlobPriority.High);
            }

            return true;
        },
        cancellationToken);

    /// <summary>Blobs that were made here before a time.</summary>
    internal IReadOnlyList<string> OwnBefore(DateTimeOffset time) => _database.Read(tx => tx.Query(
        "SELECT name FROM blob WHERE own = 1 AND state <> 0 AND namespace = '' AND created < ?1", static row => row.GetText(0), time.ToUnixTimeSeconds()));

    /// <summary>Forgets blobs that nothing refers to.</summary>
    internal Task RemoveAsync(IReadOnlyList<string> names, CancellationToken cancellationToken) => _database.WriteAsync(
        tx =>
        {
            var freed = 0L;
            foreach (var name in names)
            {
                if (Find(tx, "", name) is { } blob)
                {
                    Remove(tx, blob.Id);
                    freed += blob.Cached;
                }
            }

            tx.AfterCommit(() => Interlocked.Add(ref _cached, -freed));
        },
        cancellationToken);

    private void Enqueue(WriteTransaction tx, long id, bool isUpload, BlobPriority priority)
    {
        tx.Execute(
            """
            INSERT INTO transfer(blob, direction, priority, next_attempt) VALUES (?1, ?2, ?3, 0)
            ON CONFLICT(blob) DO UPDATE SET priority = max(priority, excluded.priority), next_attempt = 0, direction = min(direction, excluded.direction)
            """,
            id, isUpload ? 1 : 2, (int)priority);
        tx.AfterCommit(() => TransferWaits?.Invoke());
    }
}
