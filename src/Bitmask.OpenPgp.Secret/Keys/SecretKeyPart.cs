using System.Numerics;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;
using Org.BouncyCastle.Math.EC.Rfc7748;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bitmask.OpenPgp.Secret.Keys;

/// <summary>One key with its secret numbers, kept as on the wire (RFC 9580 §5.5.5) and taken apart only for the moment of use.</summary>
internal sealed class SecretKeyPart(PublicKeyPacket key, SecretBytes numbers) : IDisposable
{
    public PublicKeyPacket Key { get; } = key;

    public ReadOnlySpan<byte> Numbers => numbers.Span;

    public void Dispose() => numbers.Dispose();

    /// <summary>The one secret number of a curve key, filled up to its full width; the caller wipes it.</summary>
    public byte[] Scalar()
    {
        var scalar = new OctetReader(numbers.Span).Mpi();
        var width = Key.Curve!.FieldOctets;
        if (scalar.Length > width)
        {
            throw new OpenPgpFormatException("A secret number is too long for its curve.");
        }

        var padded = new byte[width];
        scalar.CopyTo(padded.AsSpan(width - scalar.Length));
        return padded;
    }

    /// <summary>The secret of a Curve25519 key as the function wants it: the wire has it the other way round (RFC 9580 §5.5.5.6.1.1).</summary>
    public byte[] X25519Scalar()
    {
        var scalar = Scalar();
        Array.Reverse(scalar);
        return scalar;
    }

    public RSA Rsa()
    {
        var reader = new OctetReader(numbers.Span);
        var (d, p, q, u) = (Number(reader.Mpi()), Number(reader.Mpi()), Number(reader.Mpi()), Number(reader.Mpi()));
        var (whole, half) = (Key.Modulus.Length, (Key.Modulus.Length + 1) / 2);
        // u is the inverse of p modulo q, the platform wants that of its second prime modulo its first: so the primes change places.
        var parameters = new RSAParameters
        {
            Modulus = Key.Modulus,
            Exponent = Key.Exponent,
            D = Octets(d, whole),
            P = Octets(q, half),
            Q = Octets(p, half),
            DP = Octets(d % (q - 1), half),
            DQ = Octets(d % (p - 1), half),
            InverseQ = Octets(u, half),
        };
        try
        {
            return RSA.Create(parameters);
        }
        finally
        {
            foreach (var secret in (byte[][])[parameters.D, parameters.P, parameters.Q, parameters.DP, parameters.DQ, parameters.InverseQ])
            {
                CryptographicOperations.ZeroMemory(secret);
            }
        }
    }

    /// <summary>
    /// Whether the secret numbers belong to the public ones; a stored key with exchanged public numbers would give its secret away
    /// with the first signature.
    /// </summary>
    public bool Matches()
    {
        if (!Key.IsUsable)
        {
            return false;
        }

        switch (Key.Algorithm)
        {
            case PublicKeyAlgorithm.EdDsaLegacy:
                var seed = Scalar();
                var point = new byte[Ed25519.PublicKeySize];
                Ed25519.GeneratePublicKey(seed, 0, point, 0);
                CryptographicOperations.ZeroMemory(seed);
                return point.AsSpan().SequenceEqual(Key.Point);
            case PublicKeyAlgorithm.Ecdh when Key.Curve == EllipticCurve.Curve25519:
                var scalar = X25519Scalar();
                var agreed = new byte[X25519.PointSize];
                X25519.ScalarMultBase(scalar, 0, agreed, 0);
                CryptographicOperations.ZeroMemory(scalar);
                return agreed.AsSpan().SequenceEqual(Key.Point);
            case PublicKeyAlgorithm.Ecdh or PublicKeyAlgorithm.Ecdsa:
                return MatchesCurve();
            default:
                return MatchesRsa();
        }
    }

    /// <summary>The numbers of a key on one of the platform's curves; the caller wipes <see cref="ECParameters.D"/>.</summary>
    public ECParameters CurveParameters()
    {
        Key.Curve!.TryReadPoint(Key.Point, out var point);
        return new ECParameters { Curve = Key.Curve.Platform!.Value, Q = point, D = Scalar() };
    }

    private bool MatchesCurve()
    {
        var secret = CurveParameters();
        try
        {
            using var derived = ECDsa.Create(new ECParameters { Curve = secret.Curve, D = secret.D });
            var point = derived.ExportParameters(includePrivateParameters: false).Q;
            return point.X.AsSpan().SequenceEqual(secret.Q.X) && point.Y.AsSpan().SequenceEqual(secret.Q.Y);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret.D);
        }
    }

    private bool MatchesRsa()
    {
        var reader = new OctetReader(numbers.Span);
        var (d, p, q, u) = (Number(reader.Mpi()), Number(reader.Mpi()), Number(reader.Mpi()), Number(reader.Mpi()));
        var (n, e) = (Number(Key.Modulus), Number(Key.Exponent));
        return p > 1 && q > 1 && p * q == n && u * p % q == 1 && d * e % (p - 1) == 1 && d * e % (q - 1) == 1;
    }

    private static BigInteger Number(ReadOnlySpan<byte> octets) => new(octets, isUnsigned: true, isBigEndian: true);

    private static byte[] Octets(BigInteger number, int width)
    {
        var octets = new byte[width];
        var length = number.GetByteCount(isUnsigned: true);
        return number.TryWriteBytes(octets.AsSpan(width - Math.Min(width, length)), out _, isUnsigned: true, isBigEndian: true)
            ? octets
            : throw new OpenPgpFormatException("A secret number is too long for its key.");
    }
}
