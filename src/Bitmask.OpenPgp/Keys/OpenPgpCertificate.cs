using System.Text;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp;

/// <summary>
/// A transferable public key (RFC 9580 §10.1): one primary key, its user ids and its subkeys. Whatever this class tells has been
/// checked against the binding signatures; parts without a valid one are as if they were not there. Immutable.
/// </summary>
public sealed class OpenPgpCertificate
{
    private readonly byte[] _binary;

    private OpenPgpCertificate(byte[] binary, CertificateContent content)
    {
        _binary = binary;
        Content = content;
        var bound = content.UserIds.Where(part => part.IsBound).OrderByDescending(part => part == content.PrimaryUserId).ToList();
        UserIds = bound.ConvertAll(part => part.Text);
        Addresses = bound.Select(part => part.Address).OfType<EmailAddress>().Distinct().ToList();
    }

    /// <summary>Fingerprint of the primary key.</summary>
    public Fingerprint Fingerprint => Content.Primary.Fingerprint;

    /// <summary>Key id of the primary key, 16 upper-case hex digits.</summary>
    public string KeyId => Content.Primary.KeyId;

    /// <summary>The user ids with a valid self-signature that were not taken back; the primary one first.</summary>
    public IReadOnlyList<string> UserIds { get; }

    /// <summary>The mail addresses in <see cref="UserIds"/>.</summary>
    public IReadOnlyList<EmailAddress> Addresses { get; }

    /// <summary>When the primary key was made.</summary>
    public DateTimeOffset Created => Content.Primary.Created;

    /// <summary>When the certificate expires, by its newest self-signature; null = never.</summary>
    public DateTimeOffset? Expires => Content.ExpiresAt(DateTimeOffset.MaxValue);

    /// <summary>Whether the owner revoked it, for whatever reason.</summary>
    public bool IsRevoked => Content.Revocations.Count > 0;

    /// <summary>Always false: nothing secret gets through <see cref="Parse(ReadOnlySpan{byte}, CertificateLimits?)"/>.</summary>
    public bool HasSecret => false;

    /// <summary>Size of the primary key in bits.</summary>
    public int Bits => Content.Primary.Bits;

    internal CertificateContent Content { get; }

    /// <summary>Reads exactly one certificate, armored or binary.</summary>
    /// <exception cref="OpenPgpFormatException">Not a certificate, more than one, with secret packets in it, or over a limit.</exception>
    public static OpenPgpCertificate Parse(ReadOnlySpan<byte> bytes, CertificateLimits? limits = null)
    {
        limits ??= CertificateLimits.Default;
        if (bytes.Length > limits.MaxOctets)
        {
            throw new OpenPgpFormatException($"The key is larger than {limits.MaxOctets} octets.");
        }

        var binary = Armor.Decode(bytes, out var hasMore);
        return hasMore
            ? throw new OpenPgpFormatException("There is more than one block of OpenPGP data.")
            : FromBinary(binary.ToArray(), limits.MaxPackets);
    }

    /// <summary>Reads exactly one armored certificate.</summary>
    /// <exception cref="OpenPgpFormatException">Not a certificate, more than one, with secret packets in it, or over a limit.</exception>
    public static OpenPgpCertificate Parse(string armor, CertificateLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(armor);
        return Parse(Encoding.UTF8.GetBytes(armor), limits);
    }

    /// <summary>What the certificate is worth at <paramref name="time"/>.</summary>
    public CertificateState StateAt(DateTimeOffset time)
    {
        if (Selection.IsRevokedAt(Content.Revocations, time))
        {
            return CertificateState.Revoked;
        }

        if (Created - Algorithms.ClockSkew > time)
        {
            return CertificateState.NotYetValid;
        }

        return !Content.IsBoundAt(time) ? CertificateState.Unbound
            : Content.ExpiresAt(time) <= time ? CertificateState.Expired
            : CertificateState.Valid;
    }

    /// <summary>Whether there is a key to encrypt mail to at <paramref name="time"/>.</summary>
    public bool CanEncryptAt(DateTimeOffset time) => EncryptionKeysAt(time).Count > 0;

    /// <summary>Every key of it that mail can be encrypted to at <paramref name="time"/>; empty when the certificate is not valid then.</summary>
    public IReadOnlyList<SubkeyInfo> EncryptionSubkeysAt(DateTimeOffset time) => EncryptionKeysAt(time).ConvertAll(key => new SubkeyInfo(
        key.Fingerprint, key.KeyId, key.AlgorithmText, key.Bits, key.Created, Content.Subkeys.Find(part => part.Key == key)?.ExpiresAt(time) ?? Content.ExpiresAt(time)));

    /// <summary>Whether a user id with a valid self-signature carries <paramref name="address"/>.</summary>
    public bool HasAddress(EmailAddress address) => Addresses.Contains(address);

    /// <summary>
    /// Whether <paramref name="other"/> certified a user id of this certificate whose address is also one of <paramref name="other"/>'s:
    /// the mark of an owner who moves to a new key.
    /// </summary>
    public bool IsCertifiedBy(OpenPgpCertificate other, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.IsRevoked || (other.Content.FlagsAt(time) & KeyFlags.Certify) == 0)
        {
            return false;
        }

        return Content.UserIds.Exists(part => part.IsBound && part.Address is { } address && other.HasAddress(address)
            && Certification.IsInForce(part, Content.Primary, other.Content.Primary, time));
    }

    /// <summary>
    /// What only the owner of <paramref name="address"/> put there: the primary key, that user id, all subkeys, each with its newest
    /// valid self-signature, and all revocations. No certifications by others.
    /// </summary>
    /// <exception cref="UnusableKeyException">No valid user id carries the address.</exception>
    public OpenPgpCertificate Minimal(EmailAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return HasAddress(address)
            ? FromBinary(Content.Write(part => part.IsBound && address.Equals(part.Address), newestOnly: true), int.MaxValue)
            : throw new UnusableKeyException(Fingerprint, "it does not carry that address");
    }

    /// <summary>
    /// This certificate with what <paramref name="other"/>, a copy of the same one, knows in addition. Certifications by others are left out.
    /// </summary>
    /// <exception cref="ArgumentException">Another fingerprint.</exception>
    public OpenPgpCertificate Merge(OpenPgpCertificate other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Fingerprint != Fingerprint)
        {
            throw new ArgumentException("Only copies of one certificate can be merged.", nameof(other));
        }

        var merged = FromBinary(_binary, int.MaxValue).Content;
        merged.Absorb(other.Content);
        return FromBinary(merged.Write(_ => true, newestOnly: false), int.MaxValue);
    }

    /// <summary>Writes it as text (RFC 9580 §6.2).</summary>
    public string ToArmor() => Encoding.ASCII.GetString(Armor.Encode(Armor.PublicKey, _binary));

    /// <summary>Writes it in binary.</summary>
    public byte[] ToBinary() => [.. _binary];

    internal static OpenPgpCertificate FromBinary(byte[] binary, int maxPackets)
        => new(binary, CertificateReader.Read(PacketReader.ReadAll(binary, maxPackets)));

    internal List<PublicKeyPacket> EncryptionKeysAt(DateTimeOffset time)
    {
        if (StateAt(time) != CertificateState.Valid)
        {
            return [];
        }

        var keys = Content.Subkeys
            .Where(part => (part.FlagsAt(time) & KeyFlags.Encrypt) != 0 && part.Key.CanEncrypt && part.Key.Created - Algorithms.ClockSkew <= time
                && !part.IsRevokedAt(time) && !(part.ExpiresAt(time) <= time))
            .Select(part => part.Key).ToList();
        if ((Content.FlagsAt(time) & KeyFlags.Encrypt) != 0 && Content.Primary.CanEncrypt)
        {
            keys.Add(Content.Primary);
        }

        return keys;
    }

    /// <summary>The keys that may sign data at <paramref name="time"/>, subkeys first.</summary>
    internal List<PublicKeyPacket> SigningKeysAt(DateTimeOffset time)
    {
        if (StateAt(time) != CertificateState.Valid)
        {
            return [];
        }

        var keys = Content.Subkeys
            .Where(part => (part.FlagsAt(time) & KeyFlags.Sign) != 0 && part.Key.CanVerify && !part.IsRevokedAt(time) && !(part.ExpiresAt(time) <= time))
            .Select(part => part.Key).ToList();
        if ((Content.FlagsAt(time) & KeyFlags.Sign) != 0 && Content.Primary.CanVerify)
        {
            keys.Add(Content.Primary);
        }

        return keys;
    }
}
