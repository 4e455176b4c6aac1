using System.Numerics;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Policy;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Keys;

/// <summary>The numbers of a public key, still as on the wire (RFC 9580 §5.5.5), and what is wrong with them.</summary>
internal sealed record PublicKeyNumbers
{
    public KeyFault Fault { get; private init; }

    public int Bits { get; private init; }

    public byte[] Modulus { get; private init; } = [];

    public byte[] Exponent { get; private init; } = [];

    public EllipticCurve? Curve { get; private init; }

    /// <summary>The public point: as the function has it for the curves of RFC 7748 and 8032, else <c>04 ‖ x ‖ y</c>.</summary>
    public byte[] Point { get; private init; } = [];

    public HashId KdfHash { get; private init; }

    public Cipher KdfCipher { get; private init; }

    /// <summary>Null where the algorithm is not known, so that nobody can say where the numbers end.</summary>
    public static PublicKeyNumbers? Read(ref OctetReader reader, int version, PublicKeyAlgorithm algorithm)
    {
        var read = algorithm switch
        {
            PublicKeyAlgorithm.RsaEncryptOrSign or PublicKeyAlgorithm.RsaEncryptOnly or PublicKeyAlgorithm.RsaSignOnly => Rsa(reader.Mpi(), reader.Mpi()),
            PublicKeyAlgorithm.EdDsaLegacy or PublicKeyAlgorithm.Ecdsa => OnCurve(ref reader, algorithm),
            PublicKeyAlgorithm.Ecdh => Ecdh(ref reader, version),
            PublicKeyAlgorithm.Dsa => Discrete(ref reader, furtherNumbers: 3),
            PublicKeyAlgorithm.ElGamal or PublicKeyAlgorithm.ElGamalEncryptOrSign => Discrete(ref reader, furtherNumbers: 2),
            _ when Algorithms.Native(algorithm) is { } octets => new PublicKeyNumbers
            {
                Curve = EllipticCurve.Of(algorithm),
                Bits = EllipticCurve.Of(algorithm)!.Bits,
                Point = reader.Take(octets.Public).ToArray(),
            },
            _ => null,
        };
        return read is not null && KeyPolicy.Judge(version, algorithm) is var fault and not KeyFault.None ? read with { Fault = fault } : read;
    }

    private static PublicKeyNumbers Rsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        var bits = BitLength(modulus);
        var isPossible = bits <= KeyPolicy.MaxRsaBits && modulus is [.., var last] && (last & 1) == 1
            && exponent is { Length: <= 4 } and [.., var lastOfExponent] && (lastOfExponent & 1) == 1;
        return new PublicKeyNumbers
        {
            Modulus = modulus.ToArray(),
            Exponent = exponent.ToArray(),
            Bits = bits,
            Fault = !isPossible ? KeyFault.MalformedNumbers : bits < KeyPolicy.MinRsaBits ? KeyFault.TooSmall : KeyFault.None,
        };
    }

    // Only taken apart to know where they end: nothing is done with them.
    private static PublicKeyNumbers Discrete(ref OctetReader reader, int furtherNumbers)
    {
        var bits = BitLength(reader.Mpi());
        for (var i = 0; i < furtherNumbers; i++)
        {
            reader.Mpi();
        }

        return new PublicKeyNumbers { Bits = bits, Fault = KeyFault.OutdatedAlgorithm };
    }

    private static PublicKeyNumbers OnCurve(ref OctetReader reader, PublicKeyAlgorithm algorithm)
    {
        var curve = EllipticCurve.Find(reader.Take(reader.Octet()));
        var point = reader.Mpi();
        var read = new PublicKeyNumbers { Curve = curve, Bits = curve?.Bits ?? 0, Point = point.ToArray(), Fault = KeyFault.MalformedNumbers };
        return curve switch
        {
            null => read with { Fault = KeyFault.UnknownAlgorithm },
            { Platform: not null } when algorithm != PublicKeyAlgorithm.EdDsaLegacy && curve.TryReadPoint(point, out _) => read with { Fault = KeyFault.None },
            { Platform: null } when curve == Expected(algorithm) && point is [0x40, ..] && point.Length == 33
                => read with { Point = point[1..].ToArray(), Fault = KeyFault.None },
            _ => read,
        };
    }

    // Signing and agreeing are done on two forms of one curve, and only there.
    private static EllipticCurve? Expected(PublicKeyAlgorithm algorithm) => algorithm switch
    {
        PublicKeyAlgorithm.EdDsaLegacy => EllipticCurve.Ed25519,
        PublicKeyAlgorithm.Ecdh => EllipticCurve.Curve25519,
        _ => null,
    };

    private static PublicKeyNumbers Ecdh(ref OctetReader reader, int version)
    {
        var read = OnCurve(ref reader, PublicKeyAlgorithm.Ecdh);
        if (reader.Take(reader.Octet()) is not [0x01, var hash, var cipher])
        {
            return read with { Fault = KeyFault.MalformedNumbers };
        }

        read = read with { KdfHash = (HashId)hash, KdfCipher = (Cipher)cipher };
        var isKnown = read.KdfHash is HashId.Sha256 or HashId.Sha384 or HashId.Sha512 && Algorithms.KeyOctets(read.KdfCipher) > 0;
        return !isKnown ? read with { Fault = KeyFault.UnknownAlgorithm }
            // The old form of Curve25519 ends with version 4 (RFC 9580 §5.5.5.6.1).
            : version > 4 && read.Curve == EllipticCurve.Curve25519 ? read with { Fault = KeyFault.MalformedNumbers }
            : read;
    }

    private static int BitLength(ReadOnlySpan<byte> number)
        => number.IsEmpty ? 0 : (number.Length * 8) - BitOperations.LeadingZeroCount((uint)number[0]) + 24;
}
