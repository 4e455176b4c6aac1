using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Sqlite;

namespace Bitmask.Provider.Store;

/// <summary>The two kinds of account (security.md A1), fixed when it is made.</summary>
internal enum AccountMode
{
    Sealed,
    Leap,
}

/// <summary>What the provider knows of an account. Salt and verifier are as registered: hex for leap accounts, base64url else.</summary>
internal sealed record User(UserId Id, string Login, AccountMode Mode, string Salt, string Verifier, string? SrpGroup, string? KdfProfile, string? KdfSalt, bool Enabled, string? PublicKey)
{
    /// <summary>Salt of the recovery code's verifier; null when there is no recovery kit.</summary>
    public string? RecoverySalt { get; init; }

    public string? RecoveryVerifier { get; init; }
}

/// <summary>What a change of a verifier came to.</summary>
/// <param name="IsDone">False when the key record was not the one that the change was made for.</param>
/// <param name="RecordRev">The record's revision afterwards; null when there is no record.</param>
internal sealed record VerifierChange(bool IsDone, long? RecordRev);

internal sealed partial class ProviderStore
{
    private const string UserColumns = "id, login, mode, salt, verifier, srp_group, kdf_profile, kdf_salt, enabled, public_key, recovery_salt, recovery_verifier";

    /// <summary>Adds an account; false when the login is taken, or was once.</summary>
    public Task<bool> CreateUserAsync(User user, byte[]? addressHash, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            if (t.ScalarInt64("SELECT 1 FROM user WHERE login = ?1 UNION ALL SELECT 1 FROM retired WHERE address_hash = ?2", user.Login, addressHash) is not null)
            {
                return false;
            }

            t.Execute(
                "INSERT INTO user(id, login, mode, salt, verifier, srp_group, kdf_profile, kdf_salt, created_day) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                user.Id.Value, user.Login, ModeText(user.Mode), user.Salt, user.Verifier, user.SrpGroup, user.KdfProfile, user.KdfSalt, Today);
            return true;
        },
        cancellationToken);

    public User? FindUser(UserId id) => _database.Read(t => t.QueryFirstOrDefault($"SELECT {UserColumns} FROM user WHERE id = ?1", ReadUser, id.Value));

    public User? FindUserByLogin(string login) => _database.Read(t => t.QueryFirstOrDefault($"SELECT {UserColumns} FROM user WHERE login = ?1", ReadUser, login));

    /// <summary>Replaces salt and verifier; the account's mode never changes. Sessions that belong to no device end, but for the one that asks.</summary>
    public Task<VerifierChange> ChangeVerifierAsync(UserId id, SignUpFields fields, long? recordRev, string token, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            var change = TouchKeyRecord(t, id, recordRev);
            if (change.IsDone)
            {
                t.Execute(
                    "UPDATE user SET salt = ?2, verifier = ?3, kdf_profile = ?4, kdf_salt = ?5 WHERE id = ?1",
                    id.Value, fields.PasswordSalt, fields.PasswordVerifier, fields.KdfProfile, fields.KdfSalt);
                t.Execute("DELETE FROM token WHERE account = ?1 AND device IS NULL AND hash <> ?2", id.Value, HashToken(token));
            }

            return change;
        },
        cancellationToken);

    /// <summary>Replaces the verifier of the recovery code, or with null takes it away. Recovery sessions end, but for the one that asks.</summary>
    public Task<VerifierChange> ChangeRecoveryAsync(UserId id, string? salt, string? verifier, long? recordRev, string token, CancellationToken cancellationToken) => _database.WriteAsync(
        t =>
        {
            var change = TouchKeyRecord(t, id, recordRev);
            if (change.IsDone)
            {
                t.Execute("UPDATE user SET recovery_salt = ?2, recovery_verifier = ?3 WHERE id = ?1", id.Value, salt, verifier);
                t.Execute("DELETE FROM token WHERE account = ?1 AND kind = 'recovery' AND hash <> ?2", id.Value, HashToken(token));
            }

            return change;
        },
        cancellationToken);

    public Task SetPublicKeyAsync(UserId id, string armor, CancellationToken cancellationToken)
        => _database.WriteAsync(t => t.Execute("UPDATE user SET public_key = ?2 WHERE id = ?1", id.Value, armor), cancellationToken);

    private static User ReadUser(Row row) => new(
        new UserId(row.GetText(0)), row.GetText(1), row.GetText(2) == "leap" ? AccountMode.Leap : AccountMode.Sealed, row.GetText(3), row.GetText(4),
        row.GetTextOrNull(5), row.GetTextOrNull(6), row.GetTextOrNull(7), row.GetBoolean(8), row.GetTextOrNull(9))
    {
        RecoverySalt = row.GetTextOrNull(10),
        RecoveryVerifier = row.GetTextOrNull(11),
    };

    private static string ModeText(AccountMode mode) => mode == AccountMode.Leap ? "leap" : "sealed";
}
