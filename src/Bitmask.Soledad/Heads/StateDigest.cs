using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Soledad;

/// <summary>
/// A sum modulo 2^256 over the revisions of a set of documents, each hashed under a key that the provider does not have. Adding and taking
/// out are O(1), the order does not matter, and two devices with the same documents have the same sum.
/// </summary>
internal struct StateDigest : IEquatable<StateDigest>
{
    /// <summary>Octets of the sum.</summary>
    public const int Octets = 32;

    private ulong _a, _b, _c, _d;

    public static StateDigest Read(ReadOnlySpan<byte> octets) => new()
    {
        _a = BinaryPrimitives.ReadUInt64BigEndian(octets),
        _b = BinaryPrimitives.ReadUInt64BigEndian(octets[8..]),
        _c = BinaryPrimitives.ReadUInt64BigEndian(octets[16..]),
        _d = BinaryPrimitives.ReadUInt64BigEndian(octets[24..]),
    };

    /// <summary>What one version of a document adds.</summary>
    public static StateDigest Of(ReadOnlySpan<byte> key, string id, string rev)
    {
        Span<byte> mac = stackalloc byte[Octets];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"bitmask/state/1\0{id}\0{rev}"), mac);
        return Read(mac);
    }

    public static StateDigest operator +(StateDigest left, StateDigest right)
    {
        UInt128 d = (UInt128)left._d + right._d;
        UInt128 c = (UInt128)left._c + right._c + (d >> 64);
        UInt128 b = (UInt128)left._b + right._b + (c >> 64);
        return new StateDigest { _d = (ulong)d, _c = (ulong)c, _b = (ulong)b, _a = unchecked(left._a + right._a + (ulong)(b >> 64)) };
    }

    public static StateDigest operator -(StateDigest value)
        => new StateDigest { _a = ~value._a, _b = ~value._b, _c = ~value._c, _d = ~value._d } + new StateDigest { _d = 1 };

    public static StateDigest operator -(StateDigest left, StateDigest right) => left + (-right);

    public readonly byte[] ToBytes()
    {
        var octets = new byte[Octets];
        BinaryPrimitives.WriteUInt64BigEndian(octets, _a);
        BinaryPrimitives.WriteUInt64BigEndian(octets.AsSpan(8), _b);
        BinaryPrimitives.WriteUInt64BigEndian(octets.AsSpan(16), _c);
        BinaryPrimitives.WriteUInt64BigEndian(octets.AsSpan(24), _d);
        return octets;
    }

    public readonly bool Equals(StateDigest other) => (_a, _b, _c, _d) == (other._a, other._b, other._c, other._d);

    public override readonly bool Equals(object? obj) => obj is StateDigest other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(_a, _b, _c, _d);
}
