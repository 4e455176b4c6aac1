using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.Primitives;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>Takes the session key out of the packet for one recipient (RFC 9580 §5.1).</summary>
internal static class SessionKeyOpener
{
    /// <summary>Null when the packet is not for this key, or was changed.</summary>
    public static SessionKey? TryOpen(SessionKeyEnvelope envelope, SecretKeyPart key)
    {
        if (envelope.Algorithm != key.Key.Algorithm)
        {
            return null;
        }

        byte[]? plain = null;
        try
        {
            var reader = new OctetReader(envelope.Encrypted.Span);
            switch (envelope.Algorithm)
            {
                case PublicKeyAlgorithm.X25519 or PublicKeyAlgorithm.X448:
                    var cipher = OpenMontgomery(ref reader, key, envelope.IsAead, out plain);
                    return plain is null ? null : new SessionKey(cipher, new SecretBytes(plain));
                case PublicKeyAlgorithm.Ecdh:
                    plain = OpenEcdh(ref reader, key);
                    return plain is null ? null : Read(plain, isPadded: true, envelope.IsAead);
                default:
                    plain = OpenRsa(ref reader, key);
                    return plain is null ? null : Read(plain, isPadded: false, envelope.IsAead);
            }
        }
        catch (Exception e) when (e is OpenPgpFormatException or CryptographicException or PlatformNotSupportedException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    // The cipher stands in the open and is AES (RFC 9580 §5.1.6).
    private static Cipher? OpenMontgomery(ref OctetReader reader, SecretKeyPart key, bool isAead, out byte[]? plain)
    {
        var ephemeral = reader.Take(MontgomeryAgreement.PointOctets(key.Key.Algorithm));
        var rest = new OctetReader(reader.Take(reader.Octet()));
        var cipher = isAead ? (Cipher?)null : (Cipher)rest.Octet();
        plain = null;
        if (MontgomeryAgreement.Agree(key.Key.Algorithm, key.Numbers, ephemeral) is not { } shared)
        {
            return null;
        }

        var wrappingKey = MontgomeryAgreement.WrappingKey(key.Key, ephemeral, shared);
        plain = KeyUnwrap.Unwrap(wrappingKey, rest.Rest);
        CryptographicOperations.ZeroMemory(shared);
        CryptographicOperations.ZeroMemory(wrappingKey);
        if (cipher is { } named && plain is not null && (!Ciphers.IsAes(named) || Ciphers.KeyOctets(named) != plain.Length))
        {
            CryptographicOperations.ZeroMemory(plain);
            plain = null;
        }

        return cipher;
    }

    private static byte[]? OpenRsa(ref OctetReader reader, SecretKeyPart key)
    {
        var number = reader.Mpi();
        if (number.Length > key.Key.Modulus.Length)
        {
            return null;
        }

        var padded = new byte[key.Key.Modulus.Length];
        number.CopyTo(padded.AsSpan(padded.Length - number.Length));
        using var rsa = key.Rsa();
        return rsa.Decrypt(padded, RSAEncryptionPadding.Pkcs1);
    }

    private static byte[]? OpenEcdh(ref OctetReader reader, SecretKeyPart key)
    {
        var point = reader.Mpi();
        var wrapped = reader.Take(reader.Octet());
        var shared = key.Key.Curve == EllipticCurve.Curve25519 ? AgreeX25519(point, key) : AgreePlatform(point, key);
        if (shared is null)
        {
            return null;
        }

        var wrappingKey = EcdhKeyDerivation.WrappingKey(key.Key, shared);
        CryptographicOperations.ZeroMemory(shared);
        var plain = KeyUnwrap.Unwrap(wrappingKey, wrapped);
        CryptographicOperations.ZeroMemory(wrappingKey);
        return plain;
    }

    private static byte[]? AgreeX25519(ReadOnlySpan<byte> point, SecretKeyPart key)
    {
        if (point.Length != 1 + X25519.PointSize || point[0] != 0x40)
        {
            return null;
        }

        var scalar = key.AgreementScalar();
        var shared = new byte[X25519.PointSize];
        var isAgreed = X25519.CalculateAgreement(scalar, 0, point[1..].ToArray(), 0, shared, 0);
        CryptographicOperations.ZeroMemory(scalar);
        return isAgreed ? shared : null;
    }

    private static byte[]? AgreePlatform(ReadOnlySpan<byte> point, SecretKeyPart key)
    {
        if (!key.Key.Curve!.TryReadPoint(point, out var theirs))
        {
            return null;
        }

        var parameters = key.CurveParameters();
        using var ours = ECDiffieHellman.Create(parameters);
        CryptographicOperations.ZeroMemory(parameters.D);
        using var other = ECDiffieHellman.Create(new ECParameters { Curve = parameters.Curve, Q = theirs });
        return ours.DeriveRawSecretAgreement(other.PublicKey);
    }

    // Version 3 has the cipher in front of the session key; in both a checksum follows.
    private static SessionKey? Read(ReadOnlySpan<byte> plain, bool isPadded, bool isAead)
    {
        if (isAead)
        {
            return ReadKey(null, plain, AeadKeyOctets(plain, isPadded), isPadded);
        }

        return plain.IsEmpty ? null : ReadKey((Cipher)plain[0], plain[1..], Ciphers.KeyOctets((Cipher)plain[0]), isPadded);
    }

    private static SessionKey? ReadKey(Cipher? cipher, ReadOnlySpan<byte> plain, int length, bool isPadded)
    {
        var used = length + 2;
        // Some fill up further than they must, to hide the length of the key (RFC 9580 §11.5).
        if (length == 0 || (isPadded ? plain.Length < used : plain.Length != used) || (isPadded && !IsPadding(plain[used..])))
        {
            return null;
        }

        var key = plain[..length];
        return SessionKeyPacket.Checksum(key) == ((plain[length] << 8) | plain[length + 1]) ? new SessionKey(cipher, new SecretBytes(key)) : null;
    }

    // The length is nowhere said: what the padding, which tells its own length, leaves.
    private static int AeadKeyOctets(ReadOnlySpan<byte> plain, bool isPadded)
        => plain.IsEmpty ? 0 : Math.Max(0, plain.Length - 2 - (isPadded ? plain[^1] : 0));

    // Every octet says how many they are.
    private static bool IsPadding(ReadOnlySpan<byte> padding) => !padding.ContainsAnyExcept((byte)padding.Length);
}
