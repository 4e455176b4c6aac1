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
        var bound = content.UserIds.Where(part => part.IsBound && !part.IsAttribute).OrderByDescending(part => part == content.PrimaryUserId).ToList();
        UserIds = bound.ConvertAll(part => part.Text);
        Addresses = bound.Select(part => part.Address).OfType<EmailAddress>().Distinct().ToList();
    }

    /// <summary>Fingerprint of the primary key.</summary>
    public Fingerprint Fingerprint => Content.Primary.Fingerprint;

    /// <summary>Key id of the primary key, 16 upper-case hex digits.</summary>
    public string KeyId => Content.Primary.KeyId;

    /// <summary>Key ids of the primary key and of all subkeys, valid or not, 16 upper-case hex digits each: a signature names its maker by one of them.</summary>
    public IEnumerable<string> KeyIds => Content.Subkeys.Select(static part => part.Key.KeyId).Prepend(KeyId);

    /// <summary>The user ids with a valid self-signature that were not taken back; the primary one first.</summary>
    public IReadOnlyList<string> UserIds { get; }

    /// <summary>The mail addresses in <see cref="UserIds"/>.</summary>
    public IReadOnlyList<EmailAddress> Addresses { get; }

    /// <summary>Version of its keys: 4, or 6; 3 is read and never valid.</summary>
    public int Version => Content.Primary.Version;

    /// <summary>When the primary key was made.</summary>
    public DateTimeOffset Created => Content.Primary.Created;

    /// <summary>When the certificate expires, by its newest self-signature; null = never.</summary>
    public DateTimeOffset? Expires => Content.ExpiresAt(DateTimeOffset.MaxValue);

    /// <summary>Whether the owner revoked it, for whatever reason.</summary>
    public bool IsRevoked => Content.Signatures.Revocations.Count > 0;

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
            : FromBinary(binary.ToArray(), limits);
    }

    /// <summary>Reads exactly one armored certificate.</summary>
    /// <exception cref="OpenPgpFormatException">Not a certificate, more than one, with secret packets in it, or over a limit.</exception>
    public static OpenPgpCertificate Parse(string armor, CertificateLimits? limits = null)
    {
        ArgumentNullException.ThrowIfNull(armor);
        return Parse(Encoding.UTF8.GetBytes(armor), limits);
    }

    /// <summary>What the certificate is worth at <paramref name="time"/>; <see cref="FaultAt"/> tells more.</summary>
    public CertificateState StateAt(DateTimeOffset time) => FaultAt(time) switch
    {
        KeyFault.None => CertificateState.Valid,
        KeyFault.Revoked or KeyFault.Compromised or KeyFault.Superseded or KeyFault.Retired => CertificateState.Revoked,
        KeyFault.NotYetValid => CertificateState.NotYetValid,
        KeyFault.Expired => CertificateState.Expired,
        _ => CertificateState.Unbound,
    };

    /// <summary>Why the certificate is not valid at <paramref name="time"/>; <see cref="KeyFault.None"/> if it is.</summary>
    public KeyFault FaultAt(DateTimeOffset time) => Content.FaultAt(time);

    /// <summary>
    /// Why nobody can encrypt to it at <paramref name="time"/>: the fault of the whole, else that of its newest subkey for encryption;
    /// <see cref="KeyFault.None"/> if one can.
    /// </summary>
    public KeyFault EncryptionFaultAt(DateTimeOffset time)
    {
        if (CanEncryptAt(time))
        {
            return KeyFault.None;
        }

        return FaultAt(time) is var whole and not KeyFault.None ? whole
            : Content.Subkeys.Where(part => (part.FlagsAt(time) & KeyFlags.Encrypt) != 0).MaxBy(part => part.Key.Created) is { } subkey && subkey.FaultAt(time) is var fault and not KeyFault.None ? fault
            : KeyFault.WrongPurpose;
    }

    /// <summary>The primary key and all subkeys, each with what it is for and what it is worth at <paramref name="time"/>.</summary>
    public IReadOnlyList<KeyStatus> KeysAt(DateTimeOffset time)
        => Content.Subkeys
            .Select(part => new KeyStatus(Info(part.Key, part.ExpiresAt(time)), IsPrimary: false, Purposes(part.FlagsAt(time)), Content.FaultAt(part, time)))
            .Prepend(new KeyStatus(Info(Content.Primary, Content.ExpiresAt(time)), IsPrimary: true, Purposes(Content.FlagsAt(time)), FaultAt(time)))
            .ToList();

    /// <summary>Whether there is a key to encrypt mail to at <paramref name="time"/>.</summary>
    public bool CanEncryptAt(DateTimeOffset time) => EncryptionKeysAt(time).Count > 0;

    /// <summary>Every key of it that mail can be encrypted to at <paramref name="time"/>; empty when the certificate is not valid then.</summary>
    public IReadOnlyList<SubkeyInfo> EncryptionSubkeysAt(DateTimeOffset time)
        => EncryptionKeysAt(time).ConvertAll(key => Info(key, Content.Subkeys.Find(part => part.Key == key)?.ExpiresAt(time) ?? Content.ExpiresAt(time)));

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
        return FromBinary(Content.WriteMinimal(Carrying(address), _ => true));
    }

    /// <summary>
    /// What an Autocrypt header has room for (Autocrypt 1.1 §2.1.1): the primary key, one user id with <paramref name="address"/>, and the
    /// newest subkey that can be encrypted to at <paramref name="time"/>, each with its newest self-signature.
    /// </summary>
    /// <exception cref="UnusableKeyException">No valid user id carries the address, or there is no valid subkey to encrypt to.</exception>
    public OpenPgpCertificate AutocryptMinimal(EmailAddress address, DateTimeOffset time)
    {
        ArgumentNullException.ThrowIfNull(address);
        var keepUserId = Carrying(address);
        var only = Content.UserIds.Find(part => keepUserId(part));
        var usable = EncryptionKeysAt(time);
        var newest = Content.Subkeys.Where(part => usable.Contains(part.Key)).MaxBy(part => part.Key.Created)
            ?? throw new UnusableKeyException(Fingerprint, EncryptionFaultAt(time).Sentence());
        // In version 4 the user id says everything; five packets are what other programs expect.
        return FromBinary(Content.WriteMinimal(part => part == only, part => part == newest, withDirect: Version == 6));
    }

    /// <summary>
    /// This certificate with what <paramref name="other"/>, a copy of the same one, knows in addition: user ids, subkeys, signatures by the
    /// owner and by others, and what is not understood here. Which of both is asked makes no difference.
    /// </summary>
    /// <exception cref="ArgumentException">Another fingerprint.</exception>
    public OpenPgpCertificate Merge(OpenPgpCertificate other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.Fingerprint != Fingerprint)
        {
            throw new ArgumentException("Only copies of one certificate can be merged.", nameof(other));
        }

        var merged = FromBinary(_binary).Content;
        merged.Absorb(FromBinary(other._binary).Content);
        merged.Tidy(CertificateLimits.Own.MaxSignaturesByOthers);
        merged.SortParts();
        return FromBinary(merged.WriteAll());
    }

    /// <summary>This certificate with a revocation that its owner made beforehand, such as the one that comes with a new key.</summary>
    /// <param name="revocation">The signature packet, armored or binary.</param>
    /// <exception cref="OpenPgpFormatException">Not a revocation of this key.</exception>
    public OpenPgpCertificate WithRevocation(ReadOnlySpan<byte> revocation)
    {
        var packets = PacketReader.ReadAll(Armor.Decode(revocation, out _), maxPackets: 16).Where(packet => packet.Tag == PacketTag.Signature).ToList();
        using var writer = new OctetWriter();
        writer.Packet(PacketTag.PublicKey, Content.Primary.Body);
        packets.ForEach(packet => writer.Packet(packet.Tag, packet.Body.Span));
        var revoked = FromBinary(writer.ToArray());
        return revoked.IsRevoked ? Merge(revoked) : throw new OpenPgpFormatException("This is not a revocation of that key.");
    }

    /// <summary>Writes it as text (RFC 9580 §6.2).</summary>
    public string ToArmor() => Encoding.ASCII.GetString(Armor.Encode(Armor.PublicKey, _binary, hasChecksum: Content.Primary.Version < 6));

    /// <summary>Writes it in binary.</summary>
    public byte[] ToBinary() => [.. _binary];

    /// <summary>Reads octets that were read before, or made here.</summary>
    internal static OpenPgpCertificate FromBinary(byte[] binary) => FromBinary(binary, CertificateLimits.Own);

    internal static OpenPgpCertificate FromBinary(byte[] binary, CertificateLimits limits)
        => new(binary, CertificateReader.Read(PacketReader.ReadAll(binary, limits.MaxPackets), limits));

    internal List<PublicKeyPacket> EncryptionKeysAt(DateTimeOffset time) => KeysForAt(KeyFlags.Encrypt, key => key.CanEncrypt, time);

    /// <summary>The keys that may sign data at <paramref name="time"/>, subkeys first.</summary>
    internal List<PublicKeyPacket> SigningKeysAt(DateTimeOffset time) => KeysForAt(KeyFlags.Sign, key => key.CanVerify, time);

    private List<PublicKeyPacket> KeysForAt(KeyFlags purpose, Func<PublicKeyPacket, bool> isAble, DateTimeOffset time)
    {
        if (FaultAt(time) != KeyFault.None)
        {
            return [];
        }

        var keys = Content.Subkeys
            .Where(part => (part.FlagsAt(time) & purpose) != 0 && isAble(part.Key) && part.FaultAt(time) == KeyFault.None)
            .Select(part => part.Key).ToList();
        if ((Content.FlagsAt(time) & purpose) != 0 && isAble(Content.Primary))
        {
            keys.Add(Content.Primary);
        }

        return keys;
    }

    private Func<UserIdPart, bool> Carrying(EmailAddress address)
        => HasAddress(address)
            ? part => part.IsBound && address.Equals(part.Address)
            : throw new UnusableKeyException(Fingerprint, "it does not carry that address");

    private static SubkeyInfo Info(PublicKeyPacket key, DateTimeOffset? expires) => new(key.Fingerprint, key.KeyId, key.AlgorithmText, key.Bits, key.Created, expires);

    private static KeyPurposes Purposes(KeyFlags flags)
        => (KeyPurposes)(flags & (KeyFlags.Certify | KeyFlags.Sign | KeyFlags.Authenticate)) | ((flags & KeyFlags.Encrypt) != 0 ? KeyPurposes.Encrypt : KeyPurposes.None);
}
