using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>Writes the session key for one recipient (RFC 9580 §5.1).</summary>
internal static class SessionKeyPacket
{
    public const int Version = 3;
    public const int AeadVersion = 6;

    /// <summary>
    /// Version 3 before integrity protected data of version 1, where the cipher is told here; version 6 before that of version 2, which tells
    /// its cipher itself.
    /// </summary>
    public static void Write(OctetWriter message, PublicKeyPacket recipient, Cipher? cipher, ReadOnlySpan<byte> sessionKey, bool isHidden = false)
    {
        using var body = new OctetWriter();
        if (cipher is not null)
        {
            body.Octet(Version).Octets(isHidden ? new byte[8] : Convert.FromHexString(recipient.KeyId));
        }
        else if (isHidden)
        {
            body.Octet(AeadVersion).Octet(0);
        }
        else
        {
            var fingerprint = Convert.FromHexString(recipient.Fingerprint.Value);
            body.Octet(AeadVersion).Octet(1 + fingerprint.Length).Octet(recipient.Body[0]).Octets(fingerprint);
        }

        body.Octet((int)recipient.Algorithm);
        switch (recipient.Algorithm)
        {
            case PublicKeyAlgorithm.Ecdh:
                using (var plain = Plain(cipher, sessionKey))
                {
                    WriteEcdh(body, recipient, plain);
                }

                break;
            case PublicKeyAlgorithm.X25519 or PublicKeyAlgorithm.X448:
                WriteMontgomery(body, recipient, cipher, sessionKey);
                break;
            default:
                using (var plain = Plain(cipher, sessionKey))
                using (var rsa = RSA.Create(new RSAParameters { Modulus = recipient.Modulus, Exponent = recipient.Exponent }))
                {
                    body.Mpi(rsa.Encrypt(plain.Written, RSAEncryptionPadding.Pkcs1));
                }

                break;
        }

        message.Packet(PacketTag.PublicKeyEncryptedSessionKey, body.Written);
    }

    public static ushort Checksum(ReadOnlySpan<byte> octets)
    {
        var sum = 0;
        foreach (var octet in octets)
        {
            sum += octet;
        }

        return (ushort)sum;
    }

    private static OctetWriter Plain(Cipher? cipher, ReadOnlySpan<byte> sessionKey)
    {
        var plain = new OctetWriter(48);
        return (cipher is { } named ? plain.Octet((int)named) : plain).Octets(sessionKey).UInt16(Checksum(sessionKey));
    }

    // RFC 9580 §5.1.6, §5.1.7: the key wrap proves itself, so there is no checksum, and the cipher stands in the open.
    private static void WriteMontgomery(OctetWriter body, PublicKeyPacket recipient, Cipher? cipher, ReadOnlySpan<byte> sessionKey)
    {
        var shared = MontgomeryAgreement.Agree(recipient, out var ephemeral);
        var wrappingKey = MontgomeryAgreement.WrappingKey(recipient, ephemeral, shared);
        var wrapped = KeyWrap.Wrap(wrappingKey, sessionKey);
        CryptographicOperations.ZeroMemory(shared);
        CryptographicOperations.ZeroMemory(wrappingKey);
        body.Octets(ephemeral).Octet(wrapped.Length + (cipher is null ? 0 : 1));
        (cipher is { } named ? body.Octet((int)named) : body).Octets(wrapped);
    }

    private static void WriteEcdh(OctetWriter body, PublicKeyPacket recipient, OctetWriter plain)
    {
        // Filled up to whole blocks of the key wrap, each added octet says how many they are (RFC 9580 §11.5).
        var padding = 8 - (plain.Written.Length % 8);
        for (var i = 0; i < padding; i++)
        {
            plain.Octet(padding);
        }

        var shared = recipient.Curve == EllipticCurve.Curve25519 ? AgreeX25519(recipient, out var point) : AgreePlatform(recipient, out point);
        var wrappingKey = EcdhKeyDerivation.WrappingKey(recipient, shared);
        var wrapped = KeyWrap.Wrap(wrappingKey, plain.Written);
        CryptographicOperations.ZeroMemory(shared);
        CryptographicOperations.ZeroMemory(wrappingKey);
        body.Mpi(point).Octet(wrapped.Length).Octets(wrapped);
    }

    private static byte[] AgreeX25519(PublicKeyPacket recipient, out byte[] point)
    {
        var scalar = RandomNumberGenerator.GetBytes(X25519.ScalarSize);
        point = new byte[1 + X25519.PointSize];
        point[0] = 0x40;
        X25519.ScalarMultBase(scalar, 0, point, 1);
        var shared = new byte[X25519.PointSize];
        var isAgreed = X25519.CalculateAgreement(scalar, 0, recipient.Point, 0, shared, 0);
        CryptographicOperations.ZeroMemory(scalar);
        return isAgreed ? shared : throw new UnusableKeyException(recipient.Fingerprint, "its encryption point is one of the weak ones");
    }

    private static byte[] AgreePlatform(PublicKeyPacket recipient, out byte[] point)
    {
        var curve = recipient.Curve!;
        try
        {
            curve.TryReadPoint(recipient.Point, out var theirs);
            using var other = ECDiffieHellman.Create(new ECParameters { Curve = curve.Platform!.Value, Q = theirs });
            using var ephemeral = ECDiffieHellman.Create(curve.Platform.Value);
            var ours = ephemeral.ExportParameters(includePrivateParameters: false).Q;
            point = [0x04, .. ours.X!, .. ours.Y!];
            return ephemeral.DeriveRawSecretAgreement(other.PublicKey);
        }
        catch (PlatformNotSupportedException)
        {
            throw new UnusableKeyException(recipient.Fingerprint, $"this system does not know the curve {curve.Name}");
        }
        catch (CryptographicException)
        {
            throw new UnusableKeyException(recipient.Fingerprint, "its encryption point does not lie on its curve");
        }
    }
}
