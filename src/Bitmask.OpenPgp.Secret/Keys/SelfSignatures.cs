using System.Text;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Secret.Sign;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Secret.Keys;

/// <summary>What an owner says of the parts of his own key, as bodies of signature packets.</summary>
internal sealed class SelfSignatures(SecretKeyPart primary, DateTimeOffset now)
{
    /// <summary>Over the primary key alone: in version 6 what it is for, and what its owner's programs can do.</summary>
    public byte[] DirectKey(TimeSpan? validity)
        => WithCapabilities(Begin(SignatureType.DirectKey).With(SubpacketType.KeyExpirationTime, validity)).Sign(primary.Key.HashPrefix);

    /// <summary>Over a user id; in version 4 it speaks for the key as well.</summary>
    public byte[] Certification(UserIdPart userId, bool isPrimary, TimeSpan? validity)
    {
        var builder = Begin(SignatureType.PositiveCertification);
        if (primary.Key.Version < 6)
        {
            builder.With(SubpacketType.KeyExpirationTime, validity);
        }

        if (isPrimary)
        {
            builder.With(SubpacketType.PrimaryUserId, 1);
        }

        return (primary.Key.Version < 6 ? WithCapabilities(builder) : builder).Sign(primary.Key.HashPrefix, userId.HashPrefix);
    }

    public byte[] EncryptionBinding(PublicKeyPacket subkey, TimeSpan? validity)
        => Begin(SignatureType.SubkeyBinding)
            .With(SubpacketType.KeyExpirationTime, validity)
            .With(SubpacketType.KeyFlags, (byte)KeyFlags.Encrypt)
            .Sign(primary.Key.HashPrefix, subkey.HashPrefix);

    /// <summary>Says again what was said before, with another expiry.</summary>
    /// <param name="before">The signature in force; the new one is younger in any case.</param>
    /// <param name="validity">From the making of the key on; null = for ever.</param>
    /// <param name="content">What is signed behind the primary key.</param>
    public byte[] Renewed(SignaturePacket before, TimeSpan? validity, params ReadOnlySpan<byte[]> content)
    {
        var builder = new SignatureBuilder(before.Type, primary, After(before)).With(SubpacketType.KeyExpirationTime, validity).WithAllOf(before);
        return builder.Sign([primary.Key.HashPrefix, .. content]);
    }

    /// <summary>Takes something back.</summary>
    /// <param name="type">The kind of revocation.</param>
    /// <param name="reason">Why.</param>
    /// <param name="text">The same for people; may be empty.</param>
    /// <param name="content">What is revoked behind the primary key; nothing for that key itself.</param>
    public byte[] Revocation(SignatureType type, RevocationReason reason, string text, params ReadOnlySpan<byte[]> content)
        => Begin(type).With(SubpacketType.ReasonForRevocation, [(byte)reason, .. Encoding.UTF8.GetBytes(text)]).Sign([primary.Key.HashPrefix, .. content]);

    private SignatureBuilder Begin(SignatureType type) => new(type, primary, now);

    // Among signatures of one second nobody could tell which counts.
    private DateTimeOffset After(SignaturePacket before) => before.Created is { } created && created >= now ? created.AddSeconds(1) : now;

    private SignatureBuilder WithCapabilities(SignatureBuilder builder)
    {
        builder.With(SubpacketType.KeyFlags, (byte)(KeyFlags.Certify | KeyFlags.Sign))
            .With(SubpacketType.PreferredCiphers, (byte)Cipher.Aes256, (byte)Cipher.Aes192, (byte)Cipher.Aes128)
            .With(SubpacketType.PreferredHashes, (byte)HashId.Sha512, (byte)HashId.Sha384, (byte)HashId.Sha256)
            // None before ZLIB and ZIP: length after compression tells about content.
            .With(SubpacketType.PreferredCompression, 0, 2, 1)
            .With(SubpacketType.KeyServerPreferences, 0x80);
        return primary.Key.Version < 6
            ? builder.With(SubpacketType.Features, 0x01)
            : builder.With(SubpacketType.Features, 0x09)
                .With(SubpacketType.PreferredAeadSuites, (byte)Cipher.Aes256, (byte)AeadAlgorithm.Ocb, (byte)Cipher.Aes128, (byte)AeadAlgorithm.Ocb);
    }
}
