using Bitmask.Primitives;

namespace Bitmask.Provider.Store;

/// <summary>One recipient of a queued mail whose time has come.</summary>
internal sealed record QueuedRecipient(UserId Account, string Message, int Position, int Attempts);

/// <summary>A queued mail: envelope and message, sealed under the key of a day.</summary>
internal sealed record QueuedMessage(long KeyDay, DateTimeOffset Created, byte[] Sealed);

internal sealed partial class ProviderStore
{
    /// <summary>
    /// Queues a mail for its recipients, all at once, and remembers the hashes of what was submitted in the same transaction; one hash for
    /// each recipient. Recipients that another connection queued this very submission for meanwhile are left out.
    /// </summary>
    public Task EnqueueAsync(UserId account, string id, long keyDay, byte[] sealedMessage, int recipients, IReadOnlyList<byte[]> repeatHashes, TimeSpan remember, CancellationToken cancellationToken)
        => _database.WriteAsync(
            t =>
            {
                t.Execute("INSERT INTO queue_message(account, id, key_day, created, sealed) VALUES (?1, ?2, ?3, ?4, ?5)", account.Value, id, keyDay, Now, sealedMessage);
                var queued = 0;
                for (var position = 0; position < recipients; position++)
                {
                    if (position >= repeatHashes.Count || TryRemember(t, account, repeatHashes[position], remember))
                    {
                        t.Execute("INSERT INTO queue_recipient(account, message, position, next_attempt) VALUES (?1, ?2, ?3, ?4)", account.Value, id, position, Now);
                        queued++;
                    }
                }

                if (queued == 0)
                {
                    t.Execute("DELETE FROM queue_message WHERE account = ?1 AND id = ?2", account.Value, id);
                }
            },
            cancellationToken);

    /// <summary>Recipients whose time has come, longest waiting first.</summary>
    public IReadOnlyList<QueuedRecipient> DueRecipients(DateTimeOffset now, int limit) => _database.Read(t => t.Query(
        "SELECT account, message, position, attempts FROM queue_recipient WHERE next_attempt <= ?1 ORDER BY next_attempt LIMIT ?2",
        static row => new QueuedRecipient(new UserId(row.GetText(0)), row.GetText(1), row.GetInt32(2), row.GetInt32(3)), now.ToUnixTimeSeconds(), limit));

    /// <summary>
    /// When the next recipient comes due that was not due already at a time; null when there is none. Asked with the very time of
    /// <see cref="DueRecipients"/>, it misses none that comes due in between.
    /// </summary>
    public DateTimeOffset? NextDue(DateTimeOffset now)
        => _database.Read(t => t.ScalarInt64("SELECT min(next_attempt) FROM queue_recipient WHERE next_attempt > ?1", now.ToUnixTimeSeconds())) is { } time ? DateTimeOffset.FromUnixTimeSeconds(time) : null;

    public QueuedMessage? FindQueued(UserId account, string id) => _database.Read(t => t.QueryFirstOrDefault(
        "SELECT key_day, created, sealed FROM queue_message WHERE account = ?1 AND id = ?2",
        static row => new QueuedMessage(row.GetInt64(0), DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(1)), row.GetBytes(2)), account.Value, id));

    public Task RetryLaterAsync(QueuedRecipient recipient, DateTimeOffset next, CancellationToken cancellationToken) => _database.WriteAsync(
        t => t.Execute(
            "UPDATE queue_recipient SET attempts = attempts + 1, next_attempt = ?4 WHERE account = ?1 AND message = ?2 AND position = ?3",
            recipient.Account.Value, recipient.Message, recipient.Position, next.ToUnixTimeSeconds()),
        cancellationToken);

    /// <summary>This recipient needs nothing more; the mail goes with its last one.</summary>
    public Task CompleteAsync(QueuedRecipient recipient, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            t.Execute("DELETE FROM queue_recipient WHERE account = ?1 AND message = ?2 AND position = ?3", recipient.Account.Value, recipient.Message, recipient.Position);
            t.Execute(
                "DELETE FROM queue_message WHERE account = ?1 AND id = ?2 AND NOT EXISTS (SELECT 1 FROM queue_recipient WHERE account = ?1 AND message = ?2)",
                recipient.Account.Value, recipient.Message);
        },
        cancellationToken);

    /// <summary>Days whose keys are still needed.</summary>
    public IReadOnlyList<long> QueueKeyDays() => _database.Read(t => t.Query("SELECT DISTINCT key_day FROM queue_message", static row => row.GetInt64(0)));

    /// <summary>How many recipients wait.</summary>
    public long QueueLength() => _database.Read(t => t.ScalarInt64("SELECT count(*) FROM queue_recipient")) ?? 0;

    /// <summary>Remembers one hash for itself; false when it was remembered already.</summary>
    public Task<bool> RememberAsync(UserId account, byte[] hash, TimeSpan remember, CancellationToken cancellationToken)
        => _database.WriteAsync(t => TryRemember(t, account, hash, remember), cancellationToken);
}
