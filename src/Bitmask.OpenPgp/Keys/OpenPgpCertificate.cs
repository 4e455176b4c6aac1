using Bitmask.Primitives;

namespace Bitmask.OpenPgp;

/// <summary>
/// A transferable public key (RFC 9580 §10.1): one primary key, its user ids and its subkeys. Whatever this class tells has been
/// checked against the binding signatures; parts without a valid one are as if they were not there. Immutable.
/// </summary>
public sealed class OpenPgpCertificate
{
    private OpenPgpCertificate()
    {
    }

    /// <summary>Fingerprint of the primary key.</summary>
    public Fingerprint Fingerprint => throw new NotImplementedException();

    /// <summary>Key id of the primary key, 16 upper-case hex digits.</summary>
    public string KeyId => throw new NotImplementedException();

    /// <summary>The user ids with a valid self-signature that were not taken back; the primary one first.</summary>
    public IReadOnlyList<string> UserIds => throw new NotImplementedException();

    /// <summary>The mail addresses in <see cref="UserIds"/>.</summary>
    public IReadOnlyList<EmailAddress> Addresses => throw new NotImplementedException();

    /// <summary>When the primary key was made.</summary>
    public DateTimeOffset Created => throw new NotImplementedException();

    /// <summary>When the certificate expires, by its newest self-signature; null = never.</summary>
    public DateTimeOffset? Expires => throw new NotImplementedException();

    /// <summary>Whether the owner revoked it, for whatever reason.</summary>
    public bool IsRevoked => throw new NotImplementedException();

    /// <summary>Always false: nothing secret gets through <see cref="Parse(ReadOnlySpan{byte}, CertificateLimits?)"/>.</summary>
    public bool HasSecret => false;

    /// <summary>Size of the primary key in bits.</summary>
    public int Bits => throw new NotImplementedException();

    /// <summary>Reads exactly one certificate, armored or binary.</summary>
    /// <exception cref="OpenPgpFormatException">Not a certificate, more than one, with secret packets in it, or over a limit.</exception>
    public static OpenPgpCertificate Parse(ReadOnlySpan<byte> bytes, CertificateLimits? limits = null) => throw new NotImplementedException();

    /// <summary>Reads exactly one armored certificate.</summary>
    /// <exception cref="OpenPgpFormatException">Not a certificate, more than one, with secret packets in it, or over a limit.</exception>
    public static OpenPgpCertificate Parse(string armor, CertificateLimits? limits = null) => throw new NotImplementedException();

    /// <summary>What the certificate is worth at <paramref name="time"/>.</summary>
    public CertificateState StateAt(DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>Whether there is a key to encrypt mail to at <paramref name="time"/>.</summary>
    public bool CanEncryptAt(DateTimeOffset time) => EncryptionSubkeysAt(time).Count > 0;

    /// <summary>Every key of it that mail can be encrypted to at <paramref name="time"/>; empty when the certificate is not valid then.</summary>
    public IReadOnlyList<SubkeyInfo> EncryptionSubkeysAt(DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>Whether a user id with a valid self-signature carries <paramref name="address"/>.</summary>
    public bool HasAddress(EmailAddress address) => Addresses.Contains(address);

    /// <summary>
    /// Whether <paramref name="other"/> certified a user id of this certificate whose address is also one of <paramref name="other"/>'s:
    /// the mark of an owner who moves to a new key.
    /// </summary>
    public bool IsCertifiedBy(OpenPgpCertificate other, DateTimeOffset time) => throw new NotImplementedException();

    /// <summary>
    /// What only the owner of <paramref name="address"/> put there: the primary key, that user id, all subkeys, each with its newest
    /// valid self-signature, and all revocations. No certifications by others.
    /// </summary>
    /// <exception cref="UnusableKeyException">No valid user id carries the address.</exception>
    public OpenPgpCertificate Minimal(EmailAddress address) => throw new NotImplementedException();

    /// <summary>This certificate with what <paramref name="other"/>, a copy of the same one, knows in addition.</summary>
    /// <exception cref="ArgumentException">Another fingerprint.</exception>
    public OpenPgpCertificate Merge(OpenPgpCertificate other) => throw new NotImplementedException();

    /// <summary>Writes it as text (RFC 9580 §6.2).</summary>
    public string ToArmor() => throw new NotImplementedException();

    /// <summary>Writes it in binary.</summary>
    public byte[] ToBinary() => throw new NotImplementedException();
}
