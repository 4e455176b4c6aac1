using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>Agreement with native X25519 and X448 keys (RFC 9580 §5.1.6, §5.1.7).</summary>
internal static class MontgomeryAgreement
{
    public static int PointOctets(PublicKeyAlgorithm algorithm) => algorithm == PublicKeyAlgorithm.X25519 ? X25519.PointSize : X448.PointSize;

    /// <summary>Makes a key pair for this once and agrees with the recipient's key; the caller wipes the result.</summary>
    public static byte[] Agree(PublicKeyPacket recipient, out byte[] ephemeral)
    {
        var scalar = RandomNumberGenerator.GetBytes(PointOctets(recipient.Algorithm));
        ephemeral = new byte[scalar.Length];
        if (recipient.Algorithm == PublicKeyAlgorithm.X25519)
        {
            X25519.ScalarMultBase(scalar, ephemeral);
        }
        else
        {
            X448.ScalarMultBase(scalar, ephemeral);
        }

        var shared = Agree(recipient.Algorithm, scalar, recipient.Point);
        CryptographicOperations.ZeroMemory(scalar);
        return shared ?? throw new UnusableKeyException(recipient.Fingerprint, "its encryption point is one of the weak ones");
    }

    /// <summary>The shared point; null when the other point is one of the weak ones. The caller wipes it.</summary>
    public static byte[]? Agree(PublicKeyAlgorithm algorithm, ReadOnlySpan<byte> scalar, ReadOnlySpan<byte> point)
    {
        var shared = new byte[PointOctets(algorithm)];
        if (scalar.Length != shared.Length || point.Length != shared.Length)
        {
            return null;
        }

        var isAgreed = algorithm == PublicKeyAlgorithm.X25519 ? X25519.CalculateAgreement(scalar, point, shared) : X448.CalculateAgreement(scalar, point, shared);
        return isAgreed ? shared : null;
    }

    /// <summary>From the shared point to the key that wraps the session key; the caller wipes it.</summary>
    public static byte[] WrappingKey(PublicKeyPacket recipient, ReadOnlySpan<byte> ephemeral, ReadOnlySpan<byte> shared)
    {
        Span<byte> input = [.. ephemeral, .. recipient.Point, .. shared];
        var key = new byte[recipient.Algorithm == PublicKeyAlgorithm.X25519 ? 16 : 32];
        if (recipient.Algorithm == PublicKeyAlgorithm.X25519)
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA256, input, key, [], "OpenPGP X25519"u8);
        }
        else
        {
            HKDF.DeriveKey(HashAlgorithmName.SHA512, input, key, [], "OpenPGP X448"u8);
        }

        CryptographicOperations.ZeroMemory(input);
        return key;
    }
}
