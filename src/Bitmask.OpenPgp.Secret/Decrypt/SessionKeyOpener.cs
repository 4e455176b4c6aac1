using System.Security.Cryptography;
using Bitmask.OpenPgp.Encrypt;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Bitmask.OpenPgp.Symmetric;
using Bitmask.Primitives;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>A session key and the cipher it is for.</summary>
internal sealed record SessionKey(Cipher Cipher, SecretBytes Key) : IDisposable
{
    public void Dispose() => Key.Dispose();
}

/// <summary>Takes the session key out of the packet for one recipient (RFC 9580 §5.1.1, version 3).</summary>
internal static class SessionKeyOpener
{
    /// <summary>Stands for a recipient who is not named (RFC 9580 §5.1.8).</summary>
    public const string HiddenKeyId = "0000000000000000";

    /// <summary>The key id that the packet names; null when it is of a kind that is not known here.</summary>
    public static string? KeyId(ReadOnlySpan<byte> body)
        => body.Length > 10 && body[0] == SessionKeyPacket.Version ? Convert.ToHexString(body.Slice(1, 8)) : null;

    /// <summary>Null when the packet is not for this key, or was changed.</summary>
    public static SessionKey? TryOpen(ReadOnlySpan<byte> body, SecretKeyPart key)
    {
        var reader = new OctetReader(body[9..]);
        if (reader.Octet() != (int)key.Key.Algorithm)
        {
            return null;
        }

        byte[]? plain = null;
        try
        {
            plain = key.Key.Algorithm == PublicKeyAlgorithm.Ecdh ? OpenEcdh(ref reader, key) : OpenRsa(ref reader, key);
            return plain is null ? null : Read(plain, isPadded: key.Key.Algorithm == PublicKeyAlgorithm.Ecdh);
        }
        catch (Exception e) when (e is OpenPgpFormatException or CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
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

        var scalar = key.X25519Scalar();
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

    private static SessionKey? Read(ReadOnlySpan<byte> plain, bool isPadded)
    {
        if (plain.Length < 3)
        {
            return null;
        }

        var cipher = (Cipher)plain[0];
        var length = Algorithms.KeyOctets(cipher);
        var used = 1 + length + 2;
        // Some fill up further than they must, to hide the length of the key (RFC 9580 §11.5).
        if (length == 0 || (isPadded ? plain.Length < used : plain.Length != used) || plain[used..].ContainsAnyExcept((byte)(plain.Length - used)))
        {
            return null;
        }

        var key = plain.Slice(1, length);
        return SessionKeyPacket.Checksum(key) == ((plain[1 + length] << 8) | plain[2 + length]) ? new SessionKey(cipher, new SecretBytes(key)) : null;
    }
}
