using System.Numerics;
using FsCheck.Xunit;

namespace Bitmask.Soledad.Tests.Heads;

public sealed class StateDigestTests
{
    private static readonly BigInteger Modulus = BigInteger.One << 256;

    [Property]
    public bool Sums_AreThoseOfNumbersModulo2To256(byte one, byte other)
    {
        var (a, b) = (Extreme(one), Extreme(other));
        return Number(a + b) == (Number(a) + Number(b)) % Modulus && Number(a - b) == (Modulus + Number(a) - Number(b)) % Modulus && (a + b - b).Equals(a);
    }

    private static StateDigest Extreme(byte seed)
        => StateDigest.Read([.. Enumerable.Range(0, StateDigest.Octets).Select(i => (byte)(((seed >> (i / 4)) & 1) == 1 ? 0xff : i % 7 == 0 ? seed : 0))]);

    private static BigInteger Number(StateDigest digest) => new(digest.ToBytes(), isUnsigned: true, isBigEndian: true);
}
