using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret;

/// <summary>
/// A transferable secret key (RFC 9580 §10.2), unlocked: it lives in memory and in the encrypted store only. The acts of its life give a
/// new key with secrets of its own; both are disposed. Wiped on dispose.
/// </summary>
public sealed class OpenPgpSecretKey : IDisposable
{
    private readonly List<SecretKeyPart> _parts;

    internal OpenPgpSecretKey(OpenPgpCertificate certificate, List<SecretKeyPart> parts)
    {
        Certificate = certificate;
        _parts = parts;
    }

    /// <summary>The public half.</summary>
    public OpenPgpCertificate Certificate { get; }

    /// <summary>Fingerprint of the primary key.</summary>
    public Fingerprint Fingerprint => Certificate.Fingerprint;

    /// <summary>Whether the secret of the primary key is at hand; without it the key can be used, not changed.</summary>
    public bool HasPrimarySecret => Primary is not null;

    private SecretKeyPart? Primary => Find(Certificate.Content.Primary.Body);

    /// <summary>
    /// Makes a version 4 key: Ed25519 to certify and sign, a Curve25519 subkey to encrypt to, one user id <c>&lt;address&gt;</c>, valid for two years.
    /// </summary>
    public static OpenPgpSecretKey Generate(EmailAddress address, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(address);
        return KeyGenerator.Generate(address, now, new KeyGenerationOptions());
    }

    /// <summary>Makes a key as the options say, with the certificate that revokes it.</summary>
    /// <exception cref="ArgumentException">The name holds what makes the address ambiguous, such as angle brackets.</exception>
    public static GeneratedKey Generate(EmailAddress address, DateTimeOffset now, KeyGenerationOptions options)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(options);
        var key = KeyGenerator.Generate(address, now, options);
        return new GeneratedKey(key, key.RevocationCertificate(RevocationReason.Unspecified, "", now));
    }

    /// <summary>Reads exactly one secret key, armored or binary.</summary>
    /// <exception cref="OpenPgpFormatException">Not a secret key, more than one, or locked with a passphrase.</exception>
    public static OpenPgpSecretKey Parse(ReadOnlySpan<byte> bytes) => Parse(bytes, null);

    /// <summary>Reads exactly one secret key, armored or binary, and unlocks it.</summary>
    /// <param name="bytes">The key.</param>
    /// <param name="passphrase">UTF-8; null where none is at hand. The caller disposes it.</param>
    /// <exception cref="OpenPgpFormatException">Not a secret key, more than one, locked without a passphrase at hand or in a way that is not read.</exception>
    /// <exception cref="WrongPassphraseException">The passphrase does not fit.</exception>
    public static OpenPgpSecretKey Parse(ReadOnlySpan<byte> bytes, SecretBytes? passphrase)
    {
        var binary = Armor.Decode(bytes, out var hasMore);
        try
        {
            if (hasMore)
            {
                throw new OpenPgpFormatException("There is more than one block of OpenPGP data.");
            }

            var (certificate, parts) = SecretKeyReader.Read(binary, passphrase);
            return new OpenPgpSecretKey(certificate, parts);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsMemory(binary).Span);
        }
    }

    /// <summary>Writes it in binary, not locked: for the encrypted store.</summary>
    public byte[] Export() => Write(null);

    /// <summary>Writes it as text, not locked.</summary>
    public string ExportArmor() => ToArmor(Export());

    /// <summary>
    /// Writes it as text, locked: in version 4 so that every program in use opens it (AES-256, and a key from 62 MiB of SHA-256), in
    /// version 6 with Argon2 and OCB.
    /// </summary>
    /// <param name="passphrase">UTF-8, not empty. The caller disposes it.</param>
    public string ExportLockedArmor(SecretBytes passphrase)
    {
        ArgumentNullException.ThrowIfNull(passphrase);
        ArgumentOutOfRangeException.ThrowIfZero(passphrase.Length);
        return ToArmor(Write(passphrase));
    }

    /// <summary>This key with what a copy of its public half knows in addition, such as certifications by others.</summary>
    /// <exception cref="ArgumentException">Another fingerprint.</exception>
    public OpenPgpSecretKey Merge(OpenPgpCertificate copy) => With(Certificate.Merge(copy));

    /// <summary>This key with what another copy of it has in addition, secrets of subkeys included: both were changed apart from each other.</summary>
    /// <exception cref="ArgumentException">It is another key.</exception>
    public OpenPgpSecretKey Merge(OpenPgpSecretKey copy)
    {
        ArgumentNullException.ThrowIfNull(copy);
        return With(Certificate.Merge(copy.Certificate), [.. copy._parts.Where(part => Find(part.Key.Body) is null).Select(part => part.Clone())]);
    }

    /// <summary>Moves the expiry of the key and of all its subkeys that were not revoked; earlier or later, null = never.</summary>
    /// <exception cref="UnusableKeyException">The secret of the primary key is not at hand.</exception>
    public OpenPgpSecretKey WithExpiry(DateTimeOffset? expires, DateTimeOffset now) => With(Edit(now).WithExpiry(expires));

    /// <summary>
    /// Adds a subkey to encrypt to that takes the place of those in use. The old ones are revoked as superseded and kept: they go on reading
    /// what was encrypted to them.
    /// </summary>
    /// <param name="validity">From now on; null = as long as the key.</param>
    /// <param name="now">When.</param>
    /// <exception cref="UnusableKeyException">The secret of the primary key is not at hand.</exception>
    public OpenPgpSecretKey WithRotatedEncryptionSubkey(TimeSpan? validity, DateTimeOffset now) => WithEncryptionSubkey(validity, now, retiresOthers: true);

    /// <summary>Adds a subkey to encrypt to beside those in use: mail is encrypted to all of them.</summary>
    /// <inheritdoc cref="WithRotatedEncryptionSubkey"/>
    public OpenPgpSecretKey WithAddedEncryptionSubkey(TimeSpan? validity, DateTimeOffset now) => WithEncryptionSubkey(validity, now, retiresOthers: false);

    /// <summary>Adds a user id.</summary>
    /// <exception cref="ArgumentException">The name holds what makes the address ambiguous.</exception>
    /// <exception cref="UnusableKeyException">The secret of the primary key is not at hand.</exception>
    public OpenPgpSecretKey WithUserId(EmailAddress address, string? name, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(address);
        return With(Edit(now).WithUserId(address, name));
    }

    /// <summary>Revokes a user id.</summary>
    /// <exception cref="ArgumentException">There is none of that text.</exception>
    /// <exception cref="UnusableKeyException">The secret of the primary key is not at hand.</exception>
    public OpenPgpSecretKey WithRevokedUserId(string userId, string text, DateTimeOffset now) => With(Edit(now).WithRevokedUserId(userId, text));

    /// <summary>Revokes a subkey; it goes on reading what was encrypted to it.</summary>
    /// <exception cref="ArgumentException">There is none of that fingerprint.</exception>
    /// <exception cref="UnusableKeyException">The secret of the primary key is not at hand.</exception>
    public OpenPgpSecretKey WithRevokedSubkey(Fingerprint subkey, RevocationReason reason, string text, DateTimeOffset now)
        => With(Edit(now).WithRevokedSubkey(subkey, reason, text));

    /// <summary>Revokes the whole key; it goes on reading what was encrypted to it.</summary>
    /// <exception cref="UnusableKeyException">The secret of the primary key is not at hand.</exception>
    public OpenPgpSecretKey Revoked(RevocationReason reason, string text, DateTimeOffset now) => With(Edit(now).Revoked(reason, text));

    /// <summary>What revokes the key once it is published (<see cref="OpenPgpCertificate.WithRevocation"/>); armored. The key stays as it is.</summary>
    /// <exception cref="UnusableKeyException">The secret of the primary key is not at hand.</exception>
    public string RevocationCertificate(RevocationReason reason, string text, DateTimeOffset now)
        => Encoding.ASCII.GetString(Armor.Encode(Armor.PublicKey, Edit(now).RevocationPacket(reason, text), hasChecksum: Certificate.Content.Primary.Version < 6));

    /// <summary>Wipes the secret parts.</summary>
    public void Dispose() => _parts.ForEach(part => part.Dispose());

    /// <summary>Never the content.</summary>
    public override string ToString() => "(secret key)";

    /// <summary>The keys that session keys may be encrypted to; expired and revoked ones, too, for old mail stays readable.</summary>
    internal IEnumerable<SecretKeyPart> DecryptionParts() => _parts.Where(part => part.Key.CanEncrypt);

    /// <summary>The key to sign with at <paramref name="time"/>.</summary>
    internal SecretKeyPart SigningPart(DateTimeOffset time)
    {
        var allowed = Certificate.SigningKeysAt(time);
        return allowed.Select(key => _parts.Find(part => part.Key.Fingerprint == key.Fingerprint)).FirstOrDefault(part => part is not null)
            ?? throw new UnusableKeyException(Fingerprint, "it has no valid key to sign with");
    }

    private OpenPgpSecretKey WithEncryptionSubkey(TimeSpan? validity, DateTimeOffset now, bool retiresOthers)
    {
        var editor = Edit(now);
        var subkey = KeyGenerator.MakeEncryptionKey(Certificate.Version, now);
        var lasts = validity ?? (Certificate.Content.ExpiresAt(now) is { } expires && expires > now ? TimeSpan.FromSeconds(Math.Floor((expires - now).TotalSeconds)) : null);
        return With(editor.WithEncryptionSubkey(subkey.Key, lasts, retiresOthers), subkey);
    }

    private KeyEditor Edit(DateTimeOffset now) => new(Certificate, Primary, now);

    private OpenPgpSecretKey With(OpenPgpCertificate certificate, params ReadOnlySpan<SecretKeyPart> more)
        => new(certificate, [.. _parts.Select(part => part.Clone()), .. more]);

    private byte[] Write(SecretBytes? passphrase)
    {
        using var writer = new OctetWriter(4096);
        foreach (var packet in PacketReader.ReadAll(Certificate.ToBinary(), int.MaxValue))
        {
            if ((packet.Tag is PacketTag.PublicKey or PacketTag.PublicSubkey) && IsUnderstood(packet))
            {
                WritePart(writer, packet, passphrase);
            }
            else
            {
                writer.Packet(packet.Tag, packet.Body.Span);
            }
        }

        return writer.ToArray();
    }

    // Where nobody can say where the public part ends, nothing can stand behind it: such a subkey is written as it is.
    private bool IsUnderstood(Packet packet)
        => packet.Body.Span is [var version, ..] && version == Certificate.Version
            && PublicKeyPacket.Parse(packet.Body.Span).Fault is not (KeyFault.UnknownAlgorithm or KeyFault.MalformedNumbers);

    private void WritePart(OctetWriter writer, Packet packet, SecretBytes? passphrase)
    {
        var tag = packet.Tag == PacketTag.PublicKey ? PacketTag.SecretKey : PacketTag.SecretSubkey;
        using var body = new OctetWriter(packet.Body.Length + 2048);
        body.Octets(packet.Body.Span);
        if (Find(packet.Body.Span) is not { } part)
        {
            SecretKeyLock.WriteMissing(body);
        }
        else if (passphrase is null)
        {
            SecretKeyLock.WriteOpen(body, part.Key, part.Numbers);
        }
        else
        {
            SecretKeyLock.WriteLocked(body, tag, part.Key, part.Numbers, passphrase.Span);
        }

        writer.Packet(tag, body.Written);
    }

    private static string ToArmor(byte[] binary)
    {
        var armor = Armor.Encode(Armor.PrivateKey, binary);
        var text = Encoding.ASCII.GetString(armor);
        CryptographicOperations.ZeroMemory(binary);
        CryptographicOperations.ZeroMemory(armor);
        return text;
    }

    private SecretKeyPart? Find(ReadOnlySpan<byte> publicBody)
    {
        foreach (var part in _parts)
        {
            if (publicBody.SequenceEqual(part.Key.Body))
            {
                return part;
            }
        }

        return null;
    }
}
