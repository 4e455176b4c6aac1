using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bitmask.OpenPgp.Verify;

/// <summary>Checks the numbers of a signature over a finished digest (RFC 9580 §5.2.3).</summary>
internal static class DigestVerifier
{
    public static bool Verify(PublicKeyPacket key, HashId hash, byte[] digest, byte[][] numbers)
    {
        try
        {
            return key.Algorithm switch
            {
                PublicKeyAlgorithm.EdDsaLegacy => Joined(numbers, 32) is { } signature && VerifyEd25519(key, digest, signature),
                PublicKeyAlgorithm.Ed25519 => numbers is [{ Length: 64 } signature] && VerifyEd25519(key, digest, signature),
                PublicKeyAlgorithm.Ed448 => numbers is [{ Length: 114 } signature] && Ed448.Verify(signature, 0, key.Point, 0, [], digest, 0, digest.Length),
                PublicKeyAlgorithm.Ecdsa => VerifyEcdsa(key, digest, numbers),
                PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaSignOnly => VerifyRsa(key, hash, digest, numbers),
                _ => false,
            };
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException)
        {
            // A point off its curve, a modulus that is none: whoever made the packet could not sign with it.
            return false;
        }
    }

    private static bool VerifyEd25519(PublicKeyPacket key, byte[] digest, byte[] signature) => Ed25519.Verify(signature, 0, key.Point, 0, digest, 0, digest.Length);

    private static bool VerifyEcdsa(PublicKeyPacket key, byte[] digest, byte[][] numbers)
    {
        if (key.Curve is not { Platform: { } platform } curve || !curve.TryReadPoint(key.Point, out var point) || Joined(numbers, curve.FieldOctets) is not { } signature)
        {
            return false;
        }

        using var ecdsa = ECDsa.Create(new ECParameters { Curve = platform, Q = point });
        return ecdsa.VerifyHash(digest, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static bool VerifyRsa(PublicKeyPacket key, HashId hash, byte[] digest, byte[][] numbers)
    {
        if (numbers is not [var number] || number.Length > key.Modulus.Length)
        {
            return false;
        }

        var signature = new byte[key.Modulus.Length];
        number.CopyTo(signature, signature.Length - number.Length);
        using var rsa = RSA.Create(new RSAParameters { Modulus = key.Modulus, Exponent = key.Exponent });
        return rsa.VerifyHash(digest, signature, Algorithms.Name(hash)!.Value, RSASignaturePadding.Pkcs1);
    }

    private static byte[]? Joined(byte[][] numbers, int width)
    {
        if (numbers is not [var r, var s] || r.Length > width || s.Length > width)
        {
            return null;
        }

        var joined = new byte[2 * width];
        r.CopyTo(joined, width - r.Length);
        s.CopyTo(joined, (2 * width) - s.Length);
        return joined;
    }
}
