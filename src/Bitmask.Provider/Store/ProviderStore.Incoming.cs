using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

/// <summary>One mail in an account's incoming box: the encrypted octets, and what is visible of it.</summary>
internal sealed record IncomingItem(string Id, long Seq, long Size, DateTimeOffset Received);

/// <summary>What became of a mail.</summary>
internal enum AddOutcome
{
    /// <summary>It is on the disk.</summary>
    Added,

    /// <summary>It was taken in before.</summary>
    Repeated,

    /// <summary>The account has no room for it.</summary>
    Full,
}

internal sealed partial class ProviderStore
{
    /// <summary>
    /// Adds a mail, unless one with the same <paramref name="repeatHash"/> was added within its time, or the account would then take more than <paramref name="room"/>
    /// octets. All happens in one transaction, so a mail is neither lost nor doubled by a crash.
    /// </summary>
    public Task<AddOutcome> AddIncomingAsync(
        UserId account, string id, byte[] body, byte[]? repeatHash, TimeSpan remember, CancellationToken cancellationToken, long room = long.MaxValue) => _database.WriteAsync(
        t =>
        {
            if (TryAdmit(t, account, body.Length, room, repeatHash, remember) is var admitted and not AddOutcome.Added)
            {
                return admitted;
            }

            t.Execute("UPDATE user SET incoming_seq = incoming_seq + 1 WHERE id = ?1", account.Value);
            t.Execute(
                "INSERT INTO incoming(account, seq, id, received, size, body) SELECT id, incoming_seq, ?2, ?3, ?4, ?5 FROM user WHERE id = ?1",
                account.Value, id, Now, body.Length, body);
            TellAfterCommit(t, account);
            return AddOutcome.Added;
        },
        cancellationToken);

    /// <summary>The oldest items after a sequence number, ascending.</summary>
    public IReadOnlyList<IncomingItem> ListIncoming(UserId account, long after, int limit) => _database.Read(t => t.Query(
        "SELECT id, seq, size, received FROM incoming WHERE account = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        static row => new IncomingItem(row.GetText(0), row.GetInt64(1), row.GetInt64(2), DateTimeOffset.FromUnixTimeSeconds(row.GetInt64(3))),
        account.Value, after, limit));

    public byte[]? FindIncoming(UserId account, string id)
        => _database.Read(t => t.QueryFirstOrDefault("SELECT body FROM incoming WHERE account = ?1 AND id = ?2", static row => row.GetBytes(0), account.Value, id));

    /// <summary>False when there is no such item.</summary>
    public Task<bool> DeleteIncomingAsync(UserId account, string id, CancellationToken cancellationToken)
        => _database.WriteAsync(t => t.Execute("DELETE FROM incoming WHERE account = ?1 AND id = ?2", account.Value, id) > 0, cancellationToken);

    /// <summary>What a device compares to see whether anything is new: generation and transaction of the documents, sequence of the incoming box, changes of blobs.</summary>
    public (long Generation, string TransactionId, long Incoming, long Blobs) ReadHeads(UserId account) => _database.Read(t =>
    {
        var (incoming, blobs) = t.QueryFirstOrDefault("SELECT incoming_seq, blob_changes FROM user WHERE id = ?1", static row => (row.GetInt64(0), row.GetInt64(1)), account.Value);
        return ReadReplica(t, account) is { } replica ? (replica.Generation, replica.TransactionId, incoming, blobs) : (0, "", incoming, blobs);
    });

    /// <summary>A mail seen before is not taken in again (security.md A9).</summary>
    public bool IsRemembered(UserId account, byte[] hash) => _database.Read(t => IsRemembered(t, account, hash));

    /// <summary>What is full is not remembered: the sender will come again with it.</summary>
    private AddOutcome TryAdmit(WriteTransaction transaction, UserId account, long octets, long room, byte[]? repeatHash, TimeSpan remember)
        => repeatHash is not null && IsRemembered(transaction, account, repeatHash) ? AddOutcome.Repeated
            : ReadUsedOctets(transaction, account) > room - octets ? AddOutcome.Full
            : repeatHash is null || TryRemember(transaction, account, repeatHash, remember) ? AddOutcome.Added
            : AddOutcome.Repeated;

    private bool IsRemembered(ReadTransaction transaction, UserId account, byte[] hash)
        => transaction.ScalarInt64("SELECT 1 FROM repeat WHERE account = ?1 AND hash = ?2 AND expires >= ?3", account.Value, hash, Now) is not null;

    private bool TryRemember(WriteTransaction transaction, UserId account, byte[] hash, TimeSpan remember)
    {
        if (IsRemembered(transaction, account, hash))
        {
            return false;
        }

        transaction.Execute(
            "INSERT INTO repeat(account, hash, expires) VALUES (?1, ?2, ?3) ON CONFLICT(account, hash) DO UPDATE SET expires = excluded.expires",
            account.Value, hash, Now + (long)remember.TotalSeconds);
        return true;
    }
}
