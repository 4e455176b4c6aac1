using System.Security.Cryptography;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Tests.Symmetric;

public class OctetsTests
{
    [Fact]
    public void Xor_EveryLengthAroundTheVectors_AsOneByOne()
    {
        for (var length = 0; length < 200; length++)
        {
            var (left, right) = (RandomNumberGenerator.GetBytes(length), RandomNumberGenerator.GetBytes(length + 3));
            var expected = left.Zip(right, (l, r) => (byte)(l ^ r)).ToArray();
            var result = new byte[length + 1];

            Octets.Xor(left, right, result);
            Octets.Xor(left, right, left);

            Assert.Equal([.. expected, 0], result);
            Assert.Equal(expected, left);
        }
    }

    [Fact]
    public void Xor_TooShortOnOneSide_Refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Octets.Xor(new byte[65], new byte[64], new byte[65]));
        Assert.Throws<ArgumentOutOfRangeException>(() => Octets.Xor(new byte[65], new byte[65], new byte[64]));
    }
}
