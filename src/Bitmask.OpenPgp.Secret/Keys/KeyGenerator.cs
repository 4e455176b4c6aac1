using System.Security.Cryptography;
using System.Text;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Sign;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.OpenPgp.Verify;
using Bitmask.Primitives;
using Org.BouncyCastle.Math.EC.Rfc7748;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bitmask.OpenPgp.Secret.Keys;

/// <summary>Makes keys that every program in use reads: version 4, EdDSA and ECDH on the 25519 curves.</summary>
internal static class KeyGenerator
{
    private static readonly TimeSpan Validity = TimeSpan.FromDays(2 * 365);

    public static OpenPgpSecretKey Generate(EmailAddress address, DateTimeOffset now)
    {
        var primary = MakeEd25519(now);
        var subkey = MakeCurve25519(now);
        var userId = new UserIdPart(Encoding.UTF8.GetBytes($"<{address.Address}>"));

        using var certificate = new OctetWriter(1024);
        certificate.Packet(PacketTag.PublicKey, primary.Key.Body)
            .Packet(PacketTag.UserId, userId.Body.Span)
            .Packet(PacketTag.Signature, new SignatureBuilder(SignatureType.PositiveCertification, primary, now)
                .With(SubpacketType.KeyExpirationTime, Seconds(Validity))
                .With(SubpacketType.PrimaryUserId, 1)
                .With(SubpacketType.KeyFlags, (byte)(KeyFlags.Certify | KeyFlags.Sign))
                .With(SubpacketType.PreferredCiphers, (byte)Cipher.Aes256, (byte)Cipher.Aes192, (byte)Cipher.Aes128)
                .With(SubpacketType.PreferredHashes, (byte)HashId.Sha512, (byte)HashId.Sha384, (byte)HashId.Sha256)
                // None before ZLIB and ZIP: length after compression tells about content.
                .With(SubpacketType.PreferredCompression, 0, 2, 1)
                .With(SubpacketType.Features, 0x01)
                .With(SubpacketType.KeyServerPreferences, 0x80)
                .Sign(primary.Key.HashPrefix, userId.HashPrefix))
            .Packet(PacketTag.PublicSubkey, subkey.Key.Body)
            .Packet(PacketTag.Signature, new SignatureBuilder(SignatureType.SubkeyBinding, primary, now)
                .With(SubpacketType.KeyExpirationTime, Seconds(Validity))
                .With(SubpacketType.KeyFlags, (byte)KeyFlags.Encrypt)
                .Sign(primary.Key.HashPrefix, subkey.Key.HashPrefix));
        return new OpenPgpSecretKey(OpenPgpCertificate.FromBinary(certificate.ToArray(), int.MaxValue), [primary, subkey]);
    }

    private static SecretKeyPart MakeEd25519(DateTimeOffset now)
    {
        using var seed = SecretBytes.Random(Ed25519.SecretKeySize);
        var copy = seed.Span.ToArray();
        var point = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(copy, 0, point, 0);
        CryptographicOperations.ZeroMemory(copy);
        using var body = KeyBody(now, PublicKeyAlgorithm.EdDsaLegacy, EllipticCurve.Ed25519, point);
        return MakePart(body, seed.Span);
    }

    private static SecretKeyPart MakeCurve25519(DateTimeOffset now)
    {
        using var secret = SecretBytes.Random(X25519.ScalarSize);
        var scalar = secret.Span;
        // Others read the number as it stands, so it is written in the form that the function would give it (RFC 7748 §5).
        scalar[0] &= 0xF8;
        scalar[31] = (byte)((scalar[31] & 0x7F) | 0x40);
        var copy = scalar.ToArray();
        var point = new byte[X25519.PointSize];
        X25519.ScalarMultBase(copy, 0, point, 0);
        CryptographicOperations.ZeroMemory(copy);
        scalar.Reverse();
        using var body = KeyBody(now, PublicKeyAlgorithm.Ecdh, EllipticCurve.Curve25519, point);
        body.Octet(3).Octet(1).Octet((int)HashId.Sha256).Octet((int)Cipher.Aes256);
        return MakePart(body, scalar);
    }

    private static OctetWriter KeyBody(DateTimeOffset now, PublicKeyAlgorithm algorithm, EllipticCurve curve, byte[] point)
        => new OctetWriter().Octet(4).Time(now).Octet((int)algorithm).Octet(curve.Oid.Length).Octets(curve.Oid).Mpi([0x40, .. point]);

    private static SecretKeyPart MakePart(OctetWriter body, ReadOnlySpan<byte> secretNumber)
    {
        using var numbers = new OctetWriter(64);
        numbers.Mpi(secretNumber);
        return new SecretKeyPart(PublicKeyPacket.Parse(body.Written), new SecretBytes(numbers.Written));
    }

    private static byte[] Seconds(TimeSpan span)
    {
        using var writer = new OctetWriter(4);
        return writer.UInt32((uint)span.TotalSeconds).ToArray();
    }
}
