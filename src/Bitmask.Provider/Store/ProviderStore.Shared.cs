using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Provider.Store;

/// <summary>A document of LEAP's shared database: the secrets record of a leap account. Content null: deleted.</summary>
internal sealed record SharedDocument(string Rev, byte[]? Content);

internal sealed partial class ProviderStore
{
    /// <summary>A record belongs to the account that wrote it (security.md B10): for everybody else it does not exist.</summary>
    public SharedDocument? FindShared(UserId account, string id) => _database.Read(t => t.QueryFirstOrDefault(
        "SELECT rev, content FROM shared WHERE account = ?1 AND doc_id = ?2", static row => new SharedDocument(row.GetText(0), row.GetBytesOrNull(1)), account.Value, id));

    /// <summary>Writes (or with null deletes) a record when <paramref name="oldRev"/> is the stored revision; null means that there is none. Answers the new revision, or null.</summary>
    public Task<string?> PutSharedAsync(UserId account, string id, string? oldRev, byte[]? content, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            var current = t.QueryFirstOrDefault(
                "SELECT rev, content IS NULL FROM shared WHERE account = ?1 AND doc_id = ?2", static row => (Rev: row.GetText(0), Deleted: row.GetBoolean(1)), account.Value, id);

            // Writing to a deleted record without a revision continues its clock, as everywhere in u1db.
            if (current.Rev != oldRev && !(oldRev is null && current.Deleted))
            {
                return null;
            }

            var count = current.Rev is null ? 0 : long.Parse(current.Rev.AsSpan(current.Rev.IndexOf(':', StringComparison.Ordinal) + 1), CultureInfo.InvariantCulture);
            var rev = string.Create(CultureInfo.InvariantCulture, $"{SharedReplica(account)}:{count + 1}");
            t.Execute(
                "INSERT INTO shared(account, doc_id, rev, content) VALUES (?1, ?2, ?3, ?4) ON CONFLICT(account, doc_id) DO UPDATE SET rev = excluded.rev, content = excluded.content",
                account.Value, id, rev, content);
            return rev;
        },
        cancellationToken);

    /// <summary>The writer named in shared revisions: always us, so it needs no place in the database.</summary>
    private static string SharedReplica(UserId account) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes("shared" + account.Value)).AsSpan(0, 16));
}
