using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    /// <summary>A token ends an hour after its last use, and a day after it was made (security.md B10).</summary>
    private const long TokenIdleSeconds = 60 * 60;

    private const long TokenLifeSeconds = 24 * 60 * 60;

    /// <summary>Uses within this time are not written again.</summary>
    private const long TokenSeenGranularity = 60;

    /// <summary>Makes a session; the answer is the only copy of the token.</summary>
    public async Task<string> CreateTokenAsync(UserId account, CancellationToken cancellationToken)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)).TrimStart('_');
        await _database.WriteAsync(
            t => t.Execute("INSERT INTO token(account, hash, created, seen) VALUES (?1, ?2, ?3, ?3)", account.Value, HashToken(token), Now),
            cancellationToken);
        return token;
    }

    /// <summary>The enabled account that a token belongs to; null when it is unknown or has run out.</summary>
    public async ValueTask<User?> UseTokenAsync(string token, CancellationToken cancellationToken)
    {
        var (hash, now) = (HashToken(token), Now);
        var row = _database.Read(t => t.QueryFirstOrDefault(
            "SELECT account, created, seen FROM token WHERE hash = ?1", static r => (Account: r.GetText(0), Created: r.GetInt64(1), Seen: r.GetInt64(2)), hash));
        if (row.Account is null || row.Seen < now - TokenIdleSeconds || row.Created < now - TokenLifeSeconds || FindUser(new UserId(row.Account)) is not { Enabled: true } user)
        {
            return null;
        }

        if (row.Seen < now - TokenSeenGranularity)
        {
            await _database.WriteAsync(t => t.Execute("UPDATE token SET seen = ?3 WHERE account = ?1 AND hash = ?2", row.Account, hash, now), cancellationToken);
        }

        return user;
    }

    public Task DeleteTokenAsync(UserId account, string token, CancellationToken cancellationToken)
        => _database.WriteAsync(t => t.Execute("DELETE FROM token WHERE account = ?1 AND hash = ?2", account.Value, HashToken(token)), cancellationToken);

    private static byte[] HashToken(string token) => SHA512.HashData(Encoding.UTF8.GetBytes(token));
}
