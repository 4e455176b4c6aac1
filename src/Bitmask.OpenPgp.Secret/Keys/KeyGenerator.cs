using System.Security.Cryptography;
using System.Text;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.Primitives;
using Org.BouncyCastle.Math.EC.Rfc7748;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bitmask.OpenPgp.Secret.Keys;

/// <summary>Makes keys.</summary>
internal static class KeyGenerator
{
    public static OpenPgpSecretKey Generate(EmailAddress address, DateTimeOffset now, KeyGenerationOptions options)
    {
        var version = options.Profile == KeyProfile.Version6 ? 6 : 4;
        var primary = MakeSigningKey(version, now);
        var subkey = MakeEncryptionKey(version, now);
        var userId = new UserIdPart(Encoding.UTF8.GetBytes(UserId(address, options.Name)));
        if (!address.Equals(userId.Address))
        {
            throw new ArgumentException("The name makes the address unreadable.", nameof(options));
        }

        var signatures = new SelfSignatures(primary, now);
        using var certificate = new OctetWriter(1024);
        certificate.Packet(PacketTag.PublicKey, primary.Key.Body);
        if (version == 6)
        {
            certificate.Packet(PacketTag.Signature, signatures.DirectKey(options.Validity));
        }

        certificate.Packet(PacketTag.UserId, userId.Body.Span)
            .Packet(PacketTag.Signature, signatures.Certification(userId, isPrimary: true, options.Validity))
            .Packet(PacketTag.PublicSubkey, subkey.Key.Body)
            .Packet(PacketTag.Signature, signatures.EncryptionBinding(subkey.Key, options.Validity));
        return new OpenPgpSecretKey(OpenPgpCertificate.FromBinary(certificate.ToArray()), [primary, subkey]);
    }

    /// <summary>How a user id is written: nothing but the address in brackets, or a name before it.</summary>
    public static string UserId(EmailAddress address, string? name) => string.IsNullOrWhiteSpace(name) ? $"<{address.Address}>" : $"{name.Trim()} <{address.Address}>";

    public static SecretKeyPart MakeSigningKey(int version, DateTimeOffset now)
    {
        using var seed = SecretBytes.Random(Ed25519.SecretKeySize);
        var copy = seed.Span.ToArray();
        var point = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(copy, 0, point, 0);
        CryptographicOperations.ZeroMemory(copy);
        return version == 6
            ? MakeNative(now, PublicKeyAlgorithm.Ed25519, point, seed.Span)
            : MakeOnCurve(now, PublicKeyAlgorithm.EdDsaLegacy, EllipticCurve.Ed25519, point, [], seed.Span);
    }

    public static SecretKeyPart MakeEncryptionKey(int version, DateTimeOffset now)
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
        if (version == 6)
        {
            return MakeNative(now, PublicKeyAlgorithm.X25519, point, scalar);
        }

        scalar.Reverse();
        return MakeOnCurve(now, PublicKeyAlgorithm.Ecdh, EllipticCurve.Curve25519, point, [3, 1, (byte)HashId.Sha256, (byte)Cipher.Aes256], scalar);
    }

    private static SecretKeyPart MakeNative(DateTimeOffset now, PublicKeyAlgorithm algorithm, byte[] point, ReadOnlySpan<byte> secret)
    {
        using var body = new OctetWriter().Octet(6).Time(now).Octet((int)algorithm).UInt32((uint)point.Length).Octets(point);
        return new SecretKeyPart(PublicKeyPacket.Parse(body.Written), new SecretBytes(secret));
    }

    private static SecretKeyPart MakeOnCurve(
        DateTimeOffset now, PublicKeyAlgorithm algorithm, EllipticCurve curve, byte[] point, ReadOnlySpan<byte> derivation, ReadOnlySpan<byte> secret)
    {
        using var body = new OctetWriter().Octet(4).Time(now).Octet((int)algorithm).Octet(curve.Oid.Length).Octets(curve.Oid).Mpi([0x40, .. point]).Octets(derivation);
        using var number = new OctetWriter(64).Mpi(secret);
        return new SecretKeyPart(PublicKeyPacket.Parse(body.Written), new SecretBytes(number.Written));
    }
}
