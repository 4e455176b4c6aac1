using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;
using NSec.Cryptography;

namespace Bitmask.Protocol.Keys;

/// <summary>
/// What a passphrase yields after one run of Argon2id (security.md A2): one key that proves the account to the provider and one that opens the
/// key record, neither of which says anything about the other. The provider's copy of the first does not open mail.
/// </summary>
public sealed class MasterKey : IDisposable
{
    private const int Octets = 64;

    private MasterKey(KdfProfile profile, byte[] salt, string authSecret, SecretBytes wrapKey)
    {
        Profile = profile;
        Salt = salt;
        AuthSecret = authSecret;
        WrapKey = wrapKey;
    }

    /// <summary>The profile it was derived by.</summary>
    public KdfProfile Profile { get; }

    /// <summary>The salt it was derived with.</summary>
    public ReadOnlyMemory<byte> Salt { get; }

    /// <summary>The SRP password: base64url of HKDF(master, "bitmask/auth/1").</summary>
    public string AuthSecret { get; private set; }

    /// <summary>The key that opens a key slot: HKDF(master, "bitmask/wrap/1"), 32 octets. Owned by this object.</summary>
    public SecretBytes WrapKey { get; }

    /// <summary>Derives; takes about half a second and 128 MiB.</summary>
    /// <param name="passphrase">The passphrase; the same text in another Unicode form gives the same key.</param>
    /// <param name="salt">16 octets.</param>
    /// <param name="profile">The profile.</param>
    /// <exception cref="KeysProtocolException">The salt has not 16 octets.</exception>
    public static MasterKey Derive(string passphrase, ReadOnlySpan<byte> salt, KdfProfile profile)
    {
        ArgumentException.ThrowIfNullOrEmpty(passphrase);
        ArgumentNullException.ThrowIfNull(profile);
        if (salt.Length != KdfProfile.SaltOctets)
        {
            throw new KeysProtocolException($"The salt must have {KdfProfile.SaltOctets} octets, it has {salt.Length}.");
        }

        var argon2 = new Argon2id(new Argon2Parameters
        {
            DegreeOfParallelism = 1,
            MemorySize = profile.MemoryKibibytes,
            NumberOfPasses = profile.Passes,
        });
        using var password = Encode(passphrase);
        using var master = new SecretBytes(Octets);
        argon2.DeriveBytes(password.Span, salt, master.Span);

        using var auth = Hkdf(master, "bitmask/auth/1");
        return new MasterKey(profile, salt.ToArray(), Base64Url.EncodeToString(auth.Span), Hkdf(master, "bitmask/wrap/1"));
    }

    /// <summary>Wipes the wrap key and forgets the SRP password.</summary>
    public void Dispose()
    {
        WrapKey.Dispose();
        AuthSecret = "";
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret)";

    private static SecretBytes Encode(string passphrase)
    {
        var normal = UnicodeNormalization.ToNfc(passphrase);
        var bytes = new SecretBytes(Encoding.UTF8.GetByteCount(normal));
        Encoding.UTF8.GetBytes(normal, bytes.Span);
        return bytes;
    }

    private static SecretBytes Hkdf(SecretBytes master, string label)
    {
        var key = new SecretBytes(32);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master.Span, key.Span, salt: [], info: Encoding.ASCII.GetBytes(label));
        return key;
    }
}
