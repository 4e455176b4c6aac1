using System.Net;
using Bitmask.Daemon.Doors;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests;

public class DoorTests
{
    [Fact]
    public async Task Open_AddressThatTheMachineDoesNotHave_IsAFailedDoorAndNoException()
    {
        await using var door = Door.OnPort("imap", IPAddress.Parse("192.0.2.1"), 61984, _ => { }, new FakeTimeProvider(), NullLoggerFactory.Instance);

        await door.OpenAsync();

        Assert.Equal("failed", door.Status.State);
        Assert.False(door.IsHeldByAnotherUser);
        Assert.DoesNotContain("in use", door.Status.Error, StringComparison.Ordinal);
    }
}
