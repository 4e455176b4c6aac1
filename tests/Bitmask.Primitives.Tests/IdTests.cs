using FsCheck.Xunit;

namespace Bitmask.Primitives.Tests;

public sealed class IdTests
{
    [Property]
    public void DeviceId_WriteThenRead_IsTheSame(ulong value)
    {
        Span<byte> bytes = stackalloc byte[DeviceId.Octets];
        new DeviceId(value).Write(bytes);

        Assert.Equal(new DeviceId(value), DeviceId.Read(bytes));
        Assert.Equal(new DeviceId(value), DeviceId.Parse(new DeviceId(value).ToString()));
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef", true)]
    [InlineData("0123456789ABCDEF0123456789abcdef", false)]
    [InlineData("0123456789abcdef0123456789abcde", false)]
    [InlineData("../../../../../../etc/passwd0000", false)]
    [InlineData(null, false)]
    public void UserId_TryParse_TakesThirtyTwoLowerCaseHexDigits(string? text, bool valid) => Assert.Equal(valid, UserId.TryParse(text, out _));

    [Theory]
    [InlineData("5853 90a3 2932 2aad 011f  86f7 92d7 9a1a f7d0 ad89", "585390A329322AAD011F86F792D79A1AF7D0AD89")]
    [InlineData("585390A3", null)]
    [InlineData(null, null)]
    public void Fingerprint_TryParse_TakesFortyOrSixtyFourDigits(string? text, string? expected)
    {
        Assert.Equal(expected is not null, Fingerprint.TryParse(text, out var fingerprint));
        Assert.Equal(expected, fingerprint.Value);
    }
}
