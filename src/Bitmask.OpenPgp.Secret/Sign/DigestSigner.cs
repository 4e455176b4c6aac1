using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Secret.Keys;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bitmask.OpenPgp.Secret.Sign;

/// <summary>Writes the numbers of a signature over a SHA-512 digest (RFC 9580 §5.2.3).</summary>
internal static class DigestSigner
{
    public static void Write(OctetWriter body, SecretKeyPart signer, byte[] digest)
    {
        switch (signer.Key.Algorithm)
        {
            case PublicKeyAlgorithm.EdDsaLegacy:
                WriteHalves(body, SignEd25519(signer, digest));
                break;
            case PublicKeyAlgorithm.Ed25519:
                body.Octets(SignEd25519(signer, digest));
                break;
            case PublicKeyAlgorithm.Ed448:
                body.Octets(SignEd448(signer, digest));
                break;
            case PublicKeyAlgorithm.Ecdsa:
                WriteHalves(body, SignEcdsa(signer, digest));
                break;
            default:
                using (var rsa = signer.Rsa())
                {
                    body.Mpi(rsa.SignHash(digest, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));
                }

                break;
        }
    }

    private static byte[] SignEd25519(SecretKeyPart signer, byte[] digest)
    {
        var seed = signer.Scalar();
        var signature = new byte[Ed25519.SignatureSize];
        Ed25519.Sign(seed, 0, signer.Key.Point, 0, digest, 0, digest.Length, signature, 0);
        CryptographicOperations.ZeroMemory(seed);
        return signature;
    }

    private static byte[] SignEd448(SecretKeyPart signer, byte[] digest)
    {
        var seed = signer.Scalar();
        var signature = new byte[Ed448.SignatureSize];
        Ed448.Sign(seed, 0, signer.Key.Point, 0, [], digest, 0, digest.Length, signature, 0);
        CryptographicOperations.ZeroMemory(seed);
        return signature;
    }

    private static byte[] SignEcdsa(SecretKeyPart signer, byte[] digest)
    {
        var parameters = signer.CurveParameters();
        using var ecdsa = ECDsa.Create(parameters);
        CryptographicOperations.ZeroMemory(parameters.D);
        return ecdsa.SignHash(digest, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static void WriteHalves(OctetWriter body, byte[] signature)
        => body.Mpi(signature.AsSpan(0, signature.Length / 2)).Mpi(signature.AsSpan(signature.Length / 2));
}
