using FsCheck.Xunit;

namespace Bitmask.Soledad.Tests.Sealed;

public sealed class SealedPaddingTests
{
    [Theory]
    [InlineData(0, 512)]
    [InlineData(1, 512)]
    [InlineData(512, 512)]
    [InlineData(513, 1024)]
    [InlineData(1025, 2048)]
    [InlineData(2049, 4096)]
    [InlineData(4096, 4096)]
    [InlineData(4097, 4352)]
    [InlineData(4352, 4352)]
    [InlineData(8191, 8192)]
    [InlineData(8193, 8704)]
    [InlineData(100_000, 100_352)]
    [InlineData(1_000_000, 1_015_808)]
    public void PaddedLength_KnownSizes_AreFixed(int length, int padded) => Assert.Equal(padded, SealedPadding.PaddedLength(length));

    [Property]
    public bool PaddedLength_AnyLength_CoversItAtLittleCost(int seed)
    {
        var length = (int)((uint)seed % 100_000_000);
        var padded = SealedPadding.PaddedLength(length);
        return padded >= length && SealedPadding.PaddedLength(padded) == padded && (length < 4096 || padded <= length * 1.12 + 1);
    }
}
