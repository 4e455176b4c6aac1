using Bitmask.Primitives;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    /// <summary>
    /// Registers a device's public key (security.md B2) and notes that the session is this device's; a second key for the same device replaces the
    /// first. False when the device or the key was removed.
    /// </summary>
    public Task<bool> PutDeviceAsync(UserId account, DeviceId device, byte[] publicKey, string token, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            if (t.ScalarInt64("SELECT 1 FROM device WHERE account = ?1 AND revoked_day IS NOT NULL AND (device = ?2 OR public_key = ?3)", account.Value, device.ToString(), publicKey) is not null)
            {
                return false;
            }

            t.Execute(
                """
                INSERT INTO device(account, device, public_key, created_day, seen_day) VALUES (?1, ?2, ?3, ?4, ?4)
                ON CONFLICT(account, device) DO UPDATE SET public_key = excluded.public_key, seen_day = excluded.seen_day
                """,
                account.Value, device.ToString(), publicKey, Today);
            t.Execute("UPDATE token SET device = ?3 WHERE account = ?1 AND hash = ?2", account.Value, HashToken(token), device.ToString());
            return true;
        },
        cancellationToken);

    /// <summary>
    /// Removes a device: its sessions, its certificates and those that belong to no known device end in this moment, and neither its id nor its key is
    /// taken again. The session that asks goes on. False when there is no such device.
    /// </summary>
    public Task<bool> RevokeDeviceAsync(UserId account, DeviceId device, string token, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            var key = t.QueryFirstOrDefault("SELECT public_key FROM device WHERE account = ?1 AND device = ?2", static row => row.GetBytes(0), account.Value, device.ToString());
            if (key is null)
            {
                return false;
            }

            // One key may stand under several ids: a device that was restored from a copy takes a new id.
            t.Execute("UPDATE device SET revoked_day = ?3 WHERE account = ?1 AND public_key = ?2 AND revoked_day IS NULL", account.Value, key, Today);
            const string Removed = "(device IS NULL OR device IN (SELECT device FROM device WHERE account = ?1 AND revoked_day IS NOT NULL))";
            t.Execute($"DELETE FROM token WHERE account = ?1 AND hash <> ?2 AND {Removed}", account.Value, HashToken(token));
            t.Execute($"UPDATE certificate SET enabled = 0 WHERE account = ?1 AND {Removed}", account.Value);
            TellAfterCommit(t, account);
            return true;
        },
        cancellationToken);

    /// <summary>A device's public key (SubjectPublicKeyInfo) and whether the device was removed; null when it is unknown or the account is disabled.</summary>
    public (byte[] Key, bool IsRevoked)? FindDeviceKey(UserId account, DeviceId device) => _database.Read<(byte[], bool)?>(t => t.QueryFirstOrDefault<(byte[], bool)?>(
        "SELECT d.public_key, d.revoked_day IS NOT NULL FROM device d JOIN user u ON u.id = d.account WHERE d.account = ?1 AND d.device = ?2 AND u.enabled = 1",
        static row => (row.GetBytes(0), row.GetBoolean(1)), account.Value, device.ToString()));

    public Task TouchDeviceAsync(UserId account, DeviceId device, CancellationToken cancellationToken)
        => _database.WriteAsync(t => t.Execute("UPDATE device SET seen_day = ?3 WHERE account = ?1 AND device = ?2 AND seen_day < ?3", account.Value, device.ToString(), Today), cancellationToken);

    /// <summary>Remembers an issued certificate by the SHA-256 of its DER form; a device with this key learns its certificate.</summary>
    public Task AddCertificateAsync(UserId account, byte[] fingerprint, DateTimeOffset notAfter, byte[] publicKey, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            t.Execute(
                """
                INSERT INTO certificate(account, fingerprint, not_after, device)
                VALUES (?1, ?2, ?3, (SELECT device FROM device WHERE account = ?1 AND public_key = ?4 ORDER BY seen_day DESC, device LIMIT 1))
                """,
                account.Value, fingerprint, notAfter.ToUnixTimeSeconds(), publicKey);
            t.Execute("UPDATE device SET certificate = ?3 WHERE account = ?1 AND public_key = ?2", account.Value, publicKey, fingerprint);
        },
        cancellationToken);

    /// <summary>The enabled account that a submission certificate stands for; null when it is unknown, revoked or has run out.</summary>
    public User? FindUserByCertificate(byte[] fingerprint)
    {
        var account = _database.Read(t => t.ScalarText(
            "SELECT account FROM certificate WHERE fingerprint = ?1 AND enabled = 1 AND not_after >= ?2", fingerprint, Now));
        return account is not null && FindUser(new UserId(account)) is { Enabled: true } user ? user : null;
    }
}
