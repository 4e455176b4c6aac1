using Bitmask.Primitives;

namespace Bitmask.Provider.Store;

internal sealed partial class ProviderStore
{
    /// <summary>Registers a device's public key (security.md B2); a second key for the same device replaces the first.</summary>
    public Task PutDeviceAsync(UserId account, DeviceId device, byte[] publicKey, CancellationToken cancellationToken) => _database.WriteAsync(
        t => t.Execute(
            """
            INSERT INTO device(account, device, public_key, created_day, seen_day) VALUES (?1, ?2, ?3, ?4, ?4)
            ON CONFLICT(account, device) DO UPDATE SET public_key = excluded.public_key, seen_day = excluded.seen_day
            """,
            account.Value, device.ToString(), publicKey, Today),
        cancellationToken);

    /// <summary>A device's public key (SubjectPublicKeyInfo); null when unknown or the account is disabled.</summary>
    public byte[]? FindDeviceKey(UserId account, DeviceId device) => _database.Read(t => t.QueryFirstOrDefault(
        "SELECT d.public_key FROM device d JOIN user u ON u.id = d.account WHERE d.account = ?1 AND d.device = ?2 AND u.enabled = 1",
        static row => row.GetBytes(0), account.Value, device.ToString()));

    public Task TouchDeviceAsync(UserId account, DeviceId device, CancellationToken cancellationToken)
        => _database.WriteAsync(t => t.Execute("UPDATE device SET seen_day = ?3 WHERE account = ?1 AND device = ?2 AND seen_day < ?3", account.Value, device.ToString(), Today), cancellationToken);

    /// <summary>Remembers an issued certificate by the SHA-256 of its DER form; a device with this key learns its certificate.</summary>
    public Task AddCertificateAsync(UserId account, byte[] fingerprint, DateTimeOffset notAfter, byte[] publicKey, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            t.Execute("INSERT INTO certificate(account, fingerprint, not_after) VALUES (?1, ?2, ?3)", account.Value, fingerprint, notAfter.ToUnixTimeSeconds());
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
