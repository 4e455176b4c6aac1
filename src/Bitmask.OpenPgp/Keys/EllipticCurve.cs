using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Keys;

/// <summary>A curve, named by the object identifier in key packets (RFC 9580 §9.2), or by the algorithm itself.</summary>
internal sealed record EllipticCurve(string Name, int Bits, byte[] Oid, ECCurve? Platform)
{
    public static readonly EllipticCurve Ed25519 = new("Ed25519", 256, [0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01], null);
    public static readonly EllipticCurve Curve25519 = new("Curve25519", 256, [0x2B, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01], null);
    public static readonly EllipticCurve Ed448 = new("Ed448", 456, [], null);
    public static readonly EllipticCurve Curve448 = new("Curve448", 448, [], null);

    private static readonly EllipticCurve[] Known =
    [
        Ed25519,
        Curve25519,
        new("P-256", 256, [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], ECCurve.NamedCurves.nistP256),
        new("P-384", 384, [0x2B, 0x81, 0x04, 0x00, 0x22], ECCurve.NamedCurves.nistP384),
        new("P-521", 521, [0x2B, 0x81, 0x04, 0x00, 0x23], ECCurve.NamedCurves.nistP521),
        new("brainpoolP256r1", 256, [0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x07], ECCurve.NamedCurves.brainpoolP256r1),
        new("brainpoolP384r1", 384, [0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0B], ECCurve.NamedCurves.brainpoolP384r1),
        new("brainpoolP512r1", 512, [0x2B, 0x24, 0x03, 0x03, 0x02, 0x08, 0x01, 0x01, 0x0D], ECCurve.NamedCurves.brainpoolP512r1),
    ];

    /// <summary>Octets of one coordinate.</summary>
    public int FieldOctets => (Bits + 7) / 8;

    public static EllipticCurve? Find(ReadOnlySpan<byte> oid)
    {
        foreach (var curve in Known)
        {
            if (oid.SequenceEqual(curve.Oid))
            {
                return curve;
            }
        }

        return null;
    }

    /// <summary>The curve that a native algorithm stands for.</summary>
    public static EllipticCurve? Of(PublicKeyAlgorithm algorithm) => algorithm switch
    {
        PublicKeyAlgorithm.Ed25519 => Ed25519,
        PublicKeyAlgorithm.X25519 => Curve25519,
        PublicKeyAlgorithm.Ed448 => Ed448,
        PublicKeyAlgorithm.X448 => Curve448,
        _ => null,
    };

    /// <summary>Reads an uncompressed point, <c>04 ‖ x ‖ y</c>.</summary>
    public bool TryReadPoint(ReadOnlySpan<byte> point, out ECPoint read)
    {
        read = default;
        if (point.Length != 1 + (2 * FieldOctets) || point[0] != 0x04)
        {
            return false;
        }

        read = new ECPoint { X = point.Slice(1, FieldOctets).ToArray(), Y = point[(1 + FieldOctets)..].ToArray() };
        return true;
    }
}
