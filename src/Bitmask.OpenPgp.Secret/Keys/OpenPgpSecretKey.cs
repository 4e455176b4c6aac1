using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret;

/// <summary>A transferable secret key (RFC 9580 §10.2) without a passphrase: it lives in the encrypted store only. Wiped on dispose.</summary>
public sealed class OpenPgpSecretKey : IDisposable
{
    private OpenPgpSecretKey()
    {
    }

    /// <summary>The public half.</summary>
    public OpenPgpCertificate Certificate => throw new NotImplementedException();

    /// <summary>Fingerprint of the primary key.</summary>
    public Fingerprint Fingerprint => Certificate.Fingerprint;

    /// <summary>
    /// Makes a version 4 key: Ed25519 to certify and sign, a Curve25519 subkey to encrypt to, one user id <c>&lt;address&gt;</c>, valid for two years.
    /// </summary>
    public static OpenPgpSecretKey Generate(EmailAddress address, DateTimeOffset now) => throw new NotImplementedException();

    /// <summary>Reads exactly one secret key, armored or binary.</summary>
    /// <exception cref="OpenPgpFormatException">Not a secret key, more than one, or locked with a passphrase.</exception>
    public static OpenPgpSecretKey Parse(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>Writes it in binary, not protected.</summary>
    public byte[] Export() => throw new NotImplementedException();

    /// <summary>Writes it as text, not protected.</summary>
    public string ExportArmor() => throw new NotImplementedException();

    /// <summary>Wipes the secret parts.</summary>
    public void Dispose() => throw new NotImplementedException();

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret key)";
}
