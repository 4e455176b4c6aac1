using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

/// <summary>One mail in an account's incoming box: the encrypted octets, and what is visible of it.</summary>
internal sealed record IncomingItem(string Id, long Seq, long Size, DateTimeOffset Received);

internal sealed partial class ProviderStore
{
    /// <summary>
    /// Adds a mail, unless one with the same <paramref name="repeatHash"/> was added within its time; false then. Both happen in
    /// one transaction, so a mail is neither lost nor doubled by a crash.
    /// </summary>
    public Task<bool> AddIncomingAsync(UserId account, string id, byte[] body, byte[]? repeatHash, TimeSpan remember, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            if (repeatHash is not null && !TryRemember(t, account, repeatHash, remember))
            {
                return false;
            }

            t.Execute("UPDATE user SET incoming_seq = incoming_seq + 1 WHERE id = ?1", account.Value);
            t.Execute(
                "INSERT INTO incoming(account, seq, id, received, size, body) SELECT id, incoming_seq, ?2, ?3, ?4, ?5 FROM user WHERE id = ?1",
                account.Value, id, Now, body.Length, body);
            TellAfterCommit(t, account);
            return true;
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

    /// <summary>What a device compares to see whether anything is new: generation of the documents, sequence of the incoming box.</summary>
    public (long Generation, long Incoming) ReadHeads(UserId account) => _database.Read(t => (
        t.ScalarInt64("SELECT generation FROM replica WHERE account = ?1", account.Value) ?? 0,
        t.ScalarInt64("SELECT incoming_seq FROM user WHERE id = ?1", account.Value) ?? 0));

    /// <summary>A mail seen before is not taken in again (security.md A9).</summary>
    public bool IsRemembered(UserId account, byte[] hash)
        => _database.Read(t => t.ScalarInt64("SELECT 1 FROM repeat WHERE account = ?1 AND hash = ?2 AND expires >= ?3", account.Value, hash, Now)) is not null;

    private bool TryRemember(WriteTransaction transaction, UserId account, byte[] hash, TimeSpan remember)
    {
        if (transaction.ScalarInt64("SELECT 1 FROM repeat WHERE account = ?1 AND hash = ?2 AND expires >= ?3", account.Value, hash, Now) is not null)
        {
            return false;
        }

        transaction.Execute(
            "INSERT INTO repeat(account, hash, expires) VALUES (?1, ?2, ?3) ON CONFLICT(account, hash) DO UPDATE SET expires = excluded.expires",
            account.Value, hash, Now + (long)remember.TotalSeconds);
        return true;
    }
}
