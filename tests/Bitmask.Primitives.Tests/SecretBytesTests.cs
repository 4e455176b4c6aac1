namespace Bitmask.Primitives.Tests;

public sealed class SecretBytesTests
{
    [Fact]
    public void ToString_NeverShowsTheContent()
    {
        using var secret = new SecretBytes("hunter2"u8);

        Assert.Equal("(secret)", $"{secret}");
    }

    [Fact]
    public void Dispose_WipesAndCloses()
    {
        var secret = new SecretBytes("hunter2"u8);
        using var copy = secret.Clone();

        secret.Dispose();

        Assert.Throws<ObjectDisposedException>(() => secret.Span.Length);
        Assert.True(copy.FixedTimeEquals("hunter2"u8));
    }
}
