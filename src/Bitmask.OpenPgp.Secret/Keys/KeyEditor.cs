using System.Text;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp.Secret.Keys;

/// <summary>
/// The acts in a key's life. Each writes what is new as a certificate of its own, which is then merged: nothing that was ever said is
/// taken away, for copies elsewhere have it too.
/// </summary>
internal sealed class KeyEditor
{
    private readonly OpenPgpCertificate _certificate;
    private readonly SecretKeyPart _primary;
    private readonly DateTimeOffset _now;
    private readonly SelfSignatures _signatures;

    /// <exception cref="UnusableKeyException">The secret of the primary key is not at hand.</exception>
    public KeyEditor(OpenPgpCertificate certificate, SecretKeyPart? primary, DateTimeOffset now)
    {
        _certificate = certificate;
        _primary = primary ?? throw new UnusableKeyException(certificate.Fingerprint, "the secret of its primary key is not at hand");
        _now = now;
        _signatures = new SelfSignatures(primary, now);
    }

    private CertificateContent Content => _certificate.Content;

    /// <summary>Moves the expiry of the key and of all its subkeys that were not revoked.</summary>
    public OpenPgpCertificate WithExpiry(DateTimeOffset? expires)
    {
        var key = Content.Primary;
        using var writer = Begin();
        if (Selection.InForce(Content.Signatures.Own, _now) is { } direct)
        {
            writer.Packet(PacketTag.Signature, _signatures.Renewed(direct, Validity(key, expires)));
        }

        foreach (var userId in Content.UserIds.Where(part => part.IsBound))
        {
            userId.WriteHead(writer);
            // In version 6 the user id is silent about the key (RFC 9580 §5.2.3.10).
            writer.Packet(PacketTag.Signature, _signatures.Renewed(userId.SelfSignatureAt(_now) ?? userId.Signatures.Own[0], key.Version < 6 ? Validity(key, expires) : null, userId.HashPrefix));
        }

        foreach (var subkey in Content.Subkeys.Where(part => part.IsBound && part.Signatures.Revocations.Count == 0))
        {
            writer.Packet(PacketTag.PublicSubkey, subkey.Key.Body)
                .Packet(PacketTag.Signature, _signatures.Renewed(subkey.BindingAt(_now) ?? subkey.Signatures.Own[0], Validity(subkey.Key, expires), subkey.Key.HashPrefix));
        }

        return Merged(writer);
    }

    /// <summary>Adds a subkey to encrypt to; with <paramref name="retiresOthers"/> it takes the place of those that are in use.</summary>
    public OpenPgpCertificate WithEncryptionSubkey(PublicKeyPacket subkey, TimeSpan? validity, bool retiresOthers)
    {
        using var writer = Begin();
        if (retiresOthers)
        {
            foreach (var old in Content.Subkeys.Where(part => (part.FlagsAt(_now) & KeyFlags.Encrypt) != 0 && part.FaultAt(_now) is KeyFault.None or KeyFault.Expired))
            {
                WriteRevocation(writer, old, RevocationReason.Superseded, "");
            }
        }

        writer.Packet(PacketTag.PublicSubkey, subkey.Body).Packet(PacketTag.Signature, _signatures.EncryptionBinding(subkey, validity));
        return Merged(writer);
    }

    public OpenPgpCertificate WithUserId(EmailAddress address, string? name)
    {
        var userId = new UserIdPart(Encoding.UTF8.GetBytes(KeyGenerator.UserId(address, name)));
        if (!address.Equals(userId.Address))
        {
            throw new ArgumentException("The name makes the address unreadable.", nameof(name));
        }

        using var writer = Begin();
        userId.WriteHead(writer);
        // What the primary user id says of the key, the new one says too: any of them may be read alone.
        var expires = Content.ExpiresAt(_now);
        writer.Packet(PacketTag.Signature, _signatures.Certification(userId, isPrimary: false, Validity(Content.Primary, expires)));
        return Merged(writer);
    }

    /// <summary>The signature packet that revokes the primary key.</summary>
    public byte[] RevocationPacket(RevocationReason reason, string text)
    {
        using var writer = new OctetWriter();
        return writer.Packet(PacketTag.Signature, _signatures.Revocation(SignatureType.KeyRevocation, reason, text)).ToArray();
    }

    public OpenPgpCertificate Revoked(RevocationReason reason, string text)
    {
        using var writer = Begin();
        writer.Octets(RevocationPacket(reason, text));
        return Merged(writer);
    }

    public OpenPgpCertificate WithRevokedSubkey(Fingerprint fingerprint, RevocationReason reason, string text)
    {
        using var writer = Begin();
        WriteRevocation(writer, Content.Subkeys.Find(part => part.Key.Fingerprint == fingerprint) ?? throw new ArgumentException("There is no such subkey.", nameof(fingerprint)), reason, text);
        return Merged(writer);
    }

    public OpenPgpCertificate WithRevokedUserId(string userId, string text)
    {
        var part = Content.UserIds.Find(part => part.IsBound && !part.IsAttribute && part.Text == userId) ?? throw new ArgumentException("There is no such user id.", nameof(userId));
        using var writer = Begin();
        part.WriteHead(writer);
        var signatures = part.Signatures.Own[0].Created > _now ? new SelfSignatures(_primary, part.Signatures.Own[0].Created!.Value) : _signatures;
        writer.Packet(PacketTag.Signature, signatures.Revocation(SignatureType.CertificationRevocation, RevocationReason.UserIdInvalid, text, part.HashPrefix));
        return Merged(writer);
    }

    private void WriteRevocation(OctetWriter writer, SubkeyPart subkey, RevocationReason reason, string text)
        => writer.Packet(PacketTag.PublicSubkey, subkey.Key.Body)
            .Packet(PacketTag.Signature, _signatures.Revocation(SignatureType.SubkeyRevocation, reason, text, subkey.Key.HashPrefix));

    private OctetWriter Begin() => new OctetWriter(2048).Packet(PacketTag.PublicKey, Content.Primary.Body);

    private OpenPgpCertificate Merged(OctetWriter news) => _certificate.Merge(OpenPgpCertificate.FromBinary(news.ToArray()));

    // Counted from the making of the key (RFC 9580 §5.2.3.13).
    private static TimeSpan? Validity(PublicKeyPacket key, DateTimeOffset? expires)
        => expires is not { } at ? null
            : at > key.Created ? TimeSpan.FromSeconds(Math.Floor((at - key.Created).TotalSeconds))
            : throw new ArgumentOutOfRangeException(nameof(expires), "A key can not expire before it was made.");
}
