using Bitmask.Provider.WebApi;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Provider.Tests.WebApi;

public sealed class HandshakesTests
{
    [Fact]
    public void Handshakes_BegunByThousands_KeepNobodyOut()
    {
        var handshakes = new Handshakes(new FakeTimeProvider());
        var first = handshakes.Add("first", TimeSpan.FromMinutes(30));
        for (var i = 0; i < 10_000; i++)
        {
            handshakes.Add("stranger", TimeSpan.FromMinutes(30));
        }

        var mine = handshakes.Add("mine", TimeSpan.FromMinutes(30));

        Assert.Equal("mine", handshakes.Take<string>(mine));
        Assert.Null(handshakes.Take<string>(mine));
        Assert.Null(handshakes.Take<string>(first));
    }
}
