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

    /// <summary>An independent copy with a life of its own.</summary>
    public SecretKeyPart Clone() => new(Key, numbers.Clone());

    /// <summary>The one secret number of a curve key, filled up to its full width; the caller wipes it.</summary>
    public byte[] Scalar()
    {
        if (Algorithms.Native(Key.Algorithm) is not null)
        {
            return numbers.Span.ToArray();
        }

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

    /// <summary>
    /// The secret of a Curve25519 or Curve448 key as the function wants it; the caller wipes it. As a number, in the old form, it stands the
    /// other way round (RFC 9580 §5.5.5.6.1.1).
    /// </summary>
    public byte[] AgreementScalar()
    {
        var scalar = Scalar();
        if (Key.Algorithm == PublicKeyAlgorithm.Ecdh)
        {
            Array.Reverse(scalar);
        }

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
        if (!Key.IsUsable || !HasExactlyItsNumbers())
        {
            return false;
        }

        switch (Key.Algorithm)
        {
            case PublicKeyAlgorithm.EdDsaLegacy or PublicKeyAlgorithm.Ed25519:
                return MatchesPoint(Scalar(), (seed, point) => Ed25519.GeneratePublicKey(seed, 0, point, 0));
            case PublicKeyAlgorithm.Ed448:
                return MatchesPoint(Scalar(), (seed, point) => Ed448.GeneratePublicKey(seed, 0, point, 0));
            case PublicKeyAlgorithm.X25519:
            case PublicKeyAlgorithm.Ecdh when Key.Curve == EllipticCurve.Curve25519:
                return MatchesPoint(AgreementScalar(), (scalar, point) => X25519.ScalarMultBase(scalar, 0, point, 0));
            case PublicKeyAlgorithm.X448:
                return MatchesPoint(AgreementScalar(), (scalar, point) => X448.ScalarMultBase(scalar, 0, point, 0));
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

    private bool HasExactlyItsNumbers()
    {
        if (Algorithms.Native(Key.Algorithm) is { } octets)
        {
            return numbers.Length == octets.Secret;
        }

        var reader = new OctetReader(numbers.Span);
        for (var left = Key.Curve is null ? 4 : 1; left > 0; left--)
        {
            reader.Mpi();
        }

        return reader.Remaining == 0;
    }

    private bool MatchesPoint(byte[] secret, Action<byte[], byte[]> derive)
    {
        var point = new byte[Key.Point.Length];
        derive(secret, point);
        CryptographicOperations.ZeroMemory(secret);
        return point.AsSpan().SequenceEqual(Key.Point);
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
