using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Protocol.Keys;

/// <summary>
/// What a recovery code yields (security.md B7): one secret that logs in, one key that opens the key record, one for backups; none says anything about
/// the others.
/// </summary>
public sealed class RecoveryKeys : IDisposable
{
    /// <summary>How a slot names this derivation: HKDF-SHA256 without salt.</summary>
    public const string Profile = "hkdf";

    private RecoveryKeys(string authSecret, SecretBytes wrapKey, SecretBytes backupKey)
        => (AuthSecret, WrapKey, BackupKey) = (authSecret, wrapKey, backupKey);

    /// <summary>The SRP password of a recovery login: base64url of HKDF(code, "bitmask/auth_rc/1").</summary>
    public string AuthSecret { get; private set; }

    /// <summary>The key that opens the slot <c>rc</c>: HKDF(code, "bitmask/wrap_rc/1"). Owned by this object.</summary>
    public SecretBytes WrapKey { get; }

    /// <summary>The key of backups: HKDF(code, "bitmask/backup_rc/1"). Owned by this object.</summary>
    public SecretBytes BackupKey { get; }

    /// <summary>Derives.</summary>
    public static RecoveryKeys Derive(RecoveryCode code)
    {
        ArgumentNullException.ThrowIfNull(code);
        using var auth = Hkdf(code, "bitmask/auth_rc/1");
        return new RecoveryKeys(Base64Url.EncodeToString(auth.Span), Hkdf(code, "bitmask/wrap_rc/1"), Hkdf(code, "bitmask/backup_rc/1"));
    }

    /// <summary>Wipes the keys and forgets the SRP password.</summary>
    public void Dispose()
    {
        WrapKey.Dispose();
        BackupKey.Dispose();
        AuthSecret = "";
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret)";

    private static SecretBytes Hkdf(RecoveryCode code, string label)
    {
        var key = new SecretBytes(32);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, code.Octets.Span, key.Span, salt: [], info: Encoding.ASCII.GetBytes(label));
        return key;
    }
}
