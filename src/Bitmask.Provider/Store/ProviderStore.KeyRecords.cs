using Bitmask.Primitives;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

/// <summary>The sealed key record of an account (security.md A2). The provider sees a revision and octets.</summary>
internal sealed record StoredKeyRecord(long Rev, byte[] Body);

internal sealed partial class ProviderStore
{
    public StoredKeyRecord? FindKeyRecord(UserId account) => _database.Read(t => t.QueryFirstOrDefault(
        "SELECT rev, body FROM key_record WHERE account = ?1", static row => new StoredKeyRecord(row.GetInt64(0), row.GetBytes(1)), account.Value));

    /// <summary>
    /// Compare and swap: writes only when the stored revision is <paramref name="expected"/>, null meaning that there is none.
    /// Answers the new revision, or null when somebody else was first.
    /// </summary>
    public Task<long?> PutKeyRecordAsync(UserId account, long? expected, byte[] body, CancellationToken cancellationToken) => _database.WriteAsync<long?>(
        t =>
        {
            var current = t.ScalarInt64("SELECT rev FROM key_record WHERE account = ?1", account.Value);
            if (current != expected)
            {
                return null;
            }

            var next = (current ?? 0) + 1;
            t.Execute(
                "INSERT INTO key_record(account, rev, body) VALUES (?1, ?2, ?3) ON CONFLICT(account) DO UPDATE SET rev = excluded.rev, body = excluded.body",
                account.Value, next, body);
            return next;
        },
        cancellationToken);

    /// <summary>
    /// Gives the record a new revision without changing it, when it has the expected one. A verifier and the slot that goes with it change in two requests:
    /// by this no other device's change of the record can come in between unseen, so that never a verifier stands without its slot (security.md B8).
    /// </summary>
    private static VerifierChange TouchKeyRecord(WriteTransaction transaction, UserId account, long? expected)
    {
        var current = transaction.ScalarInt64("SELECT rev FROM key_record WHERE account = ?1", account.Value);
        if (current != expected || current is null)
        {
            return new VerifierChange(current == expected, current);
        }

        transaction.Execute("UPDATE key_record SET rev = ?2 WHERE account = ?1", account.Value, current + 1);
        return new VerifierChange(true, current + 1);
    }
}
