using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Tests.Streams;

public class PooledOctetsTests
{
    [Fact]
    public void Dispose_Twice_WipedAndNoLongerThere()
    {
        var octets = new PooledOctets(1000);
        var seen = octets.Memory;
        seen.Span.Fill(7);
        Assert.Equal(1000, octets.Span.Length);

        octets.Dispose();
        octets.Dispose();

        Assert.False(seen.Span.ContainsAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => octets.Memory);
        // Given back once: no two get the same one.
        using var first = new PooledOctets(1000);
        using var second = new PooledOctets(1000);
        first.Span.Fill(1);
        second.Span.Fill(2);
        Assert.False(first.Span.ContainsAnyExcept((byte)1));
    }
}
