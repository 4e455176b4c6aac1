using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Provider.Store;

/// <summary>How a session was opened; it says what the session may do.</summary>
internal enum SessionKind
{
    /// <summary>By a device's key: everything but changes of the account itself.</summary>
    Device,

    /// <summary>By the passphrase: everything, and for some minutes changes of the account itself.</summary>
    Passphrase,

    /// <summary>By the recovery code: the key record, a new passphrase, a new kit, and nothing else (security.md B7).</summary>
    Recovery,
}

/// <summary>A session that is valid now.</summary>
/// <param name="User">Its account.</param>
/// <param name="Kind">How it was opened.</param>
/// <param name="Device">The device it belongs to, when that is known.</param>
/// <param name="Opened">When it was opened, in seconds of Unix time.</param>
internal sealed record OpenSession(User User, SessionKind Kind, string? Device, long Opened);

internal sealed partial class ProviderStore
{
    /// <summary>A token ends an hour after its last use, and a day after it was made (security.md B10).</summary>
    private const long TokenIdleSeconds = 60 * 60;

    private const long TokenLifeSeconds = 24 * 60 * 60;

    /// <summary>A clock may be set back by so much. A token made further in the future was made by a clock that was wrong, and would live until that time.</summary>
    private const long TokenSkewSeconds = 60 * 60;

    /// <summary>Uses within this time are not written again.</summary>
    private const long TokenSeenGranularity = 60;

    /// <summary>How long after its login a session may change what the account is opened with.</summary>
    private const long FreshSeconds = 5 * 60;

    /// <summary>Makes a session; the answer is the only copy of the token.</summary>
    public async Task<string> CreateTokenAsync(UserId account, CancellationToken cancellationToken, SessionKind kind = SessionKind.Device, DeviceId? device = null)
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)).TrimStart('_');
        await _database.WriteAsync(
            t => t.Execute(
                "INSERT INTO token(account, hash, created, seen, kind, device) VALUES (?1, ?2, ?3, ?3, ?4, ?5)", account.Value, HashToken(token), Now, KindText(kind), device?.ToString()),
            cancellationToken);
        return token;
    }

    /// <summary>The enabled account that a token belongs to; null when it is unknown, has run out, or is good for recovery only.</summary>
    public async ValueTask<User?> UseTokenAsync(string token, CancellationToken cancellationToken)
        => await UseSessionAsync(token, cancellationToken) is { Kind: not SessionKind.Recovery } session ? session.User : null;

    /// <summary>The session of a token, a recovery session too; null when it is unknown or has run out.</summary>
    public async ValueTask<OpenSession?> UseSessionAsync(string token, CancellationToken cancellationToken)
    {
        var (hash, now) = (HashToken(token), Now);
        var row = _database.Read(t => t.QueryFirstOrDefault(
            "SELECT account, created, seen, kind, device FROM token WHERE hash = ?1",
            static r => (Account: r.GetText(0), Created: r.GetInt64(1), Seen: r.GetInt64(2), Kind: r.GetText(3), Device: r.GetTextOrNull(4)), hash));
        if (row.Account is null || row.Seen < now - TokenIdleSeconds || row.Created < now - TokenLifeSeconds || row.Created > now + TokenSkewSeconds || FindUser(new UserId(row.Account)) is not { Enabled: true } user)
        {
            return null;
        }

        if (row.Seen < now - TokenSeenGranularity)
        {
            await _database.WriteAsync(t => t.Execute("UPDATE token SET seen = ?3 WHERE account = ?1 AND hash = ?2", row.Account, hash, now), cancellationToken);
        }

        return new OpenSession(user, Enum.Parse<SessionKind>(row.Kind, ignoreCase: true), row.Device, row.Created);
    }

    /// <summary>Whether somebody has just proven to know the passphrase or the recovery code. A session of a device never is fresh.</summary>
    public bool IsFresh(OpenSession session) => session.Kind != SessionKind.Device && session.Opened >= Now - FreshSeconds && session.Opened <= Now;

    public Task DeleteTokenAsync(UserId account, string token, CancellationToken cancellationToken)
        => _database.WriteAsync(t => t.Execute("DELETE FROM token WHERE account = ?1 AND hash = ?2", account.Value, HashToken(token)), cancellationToken);

    private static byte[] HashToken(string token) => SHA512.HashData(Encoding.UTF8.GetBytes(token));

    private static string KindText(SessionKind kind) => kind switch
    {
        SessionKind.Passphrase => "passphrase",
        SessionKind.Recovery => "recovery",
        _ => "device",
    };
}
