using Bitmask.Primitives;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    /// <summary>Every table that holds something of an account, user last: a purge that was interrupted is found again.</summary>
    public static readonly IReadOnlyList<string> AccountTables =
    [
        "token", "certificate", "device", "key_record", "replica", "replica_ack", "transaction_log", "document", "sync_from", "sync_seen", "sync_staged", "shared", "incoming",
        "repeat", "queue_recipient", "queue_message", "blob", "usage",
    ];

    /// <summary>
    /// Disables an account at once, ends its sessions, and lets it be purged after <paramref name="grace"/>. Its address is never given to anybody
    /// again (security.md B10).
    /// </summary>
    public Task DeleteUserAsync(UserId account, byte[] addressHash, TimeSpan grace, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            t.Execute("UPDATE user SET enabled = 0, deleted = ?2 WHERE id = ?1", account.Value, Now + (long)grace.TotalSeconds);
            t.Execute("INSERT INTO retired(account, address_hash) VALUES (?1, ?2) ON CONFLICT DO NOTHING", account.Value, addressHash);
            t.Execute("DELETE FROM token WHERE account = ?1", account.Value);
            t.Execute("UPDATE certificate SET enabled = 0 WHERE account = ?1", account.Value);
            TellAfterCommit(t, account);
        },
        cancellationToken);

    /// <summary>Removes what deleted accounts left, once the time to change one's mind is over. Answers whose files are to be removed now.</summary>
    public async Task<IReadOnlyList<UserId>> PurgeDeletedAsync(CancellationToken cancellationToken)
    {
        var accounts = _database.Read(t => t.Query("SELECT id FROM user WHERE deleted <= ?1", static row => new UserId(row.GetText(0)), Now));
        foreach (var account in accounts)
        {
            await PurgeAsync(account, cancellationToken);
        }

        return accounts;
    }

    private async Task PurgeAsync(UserId account, CancellationToken cancellationToken)
    {
        // A table at a time: other accounts' writes go on in between.
        foreach (var table in AccountTables)
        {
            await _database.WriteAsync(t => t.Execute($"DELETE FROM {table} WHERE account = ?1", account.Value), cancellationToken);
        }

        await _database.WriteAsync(t => t.Execute("DELETE FROM user WHERE id = ?1 AND deleted IS NOT NULL", account.Value), cancellationToken);
    }
}
