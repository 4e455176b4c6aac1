using System.Net;
using System.Net.Sockets;
using Bitmask.Daemon.Doors;
using Bitmask.Primitives;

namespace Bitmask.Daemon.Tests.Doors;

public sealed class PortHolderTests
{
    private static readonly string[] Table =
    [
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
        "   0: 0100007F:07C0 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 11 1 0000000000000000 100 0 0 10 0",
        "   1: 0B00007F:07DD 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1002        0 12 1 0000000000000000 100 0 0 10 0",
        "   2: 00000000:1B9E 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1003        0 13 1 0000000000000000 100 0 0 10 0",
        "   3: 0100007F:2000 0100007F:9999 01 00000000:00000000 00:00000000 00000000  1004        0 14 1 0000000000000000 100 0 0 10 0",
        "   4: 00000000000000000000000000000000:3000 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1005 0 15",
        "   5: 0000000000000000FFFF00000100007F:4000 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1006 0 16",
        "   6: 00000000000000000000000001000000:5000 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1007 0 17",
        "   7: 0100007F:6000 00000000:0000 0A 00000000:00000000 00:00000000 00000000  nobody 0 18",
        "   8: short",
        "",
    ];

    [Theory]
    [InlineData("127.0.0.1:1984", 1001U)] // 07C0
    [InlineData("127.0.0.1:2013", null)] // another loopback address has 07DD
    [InlineData("127.0.0.11:2013", 1002U)]
    [InlineData("127.0.0.1:7070", 1003U)] // every address
    [InlineData("127.0.0.1:8192", null)] // a connection, not a listener
    [InlineData("127.0.0.1:12288", 1005U)] // every IPv6 address takes IPv4, too
    [InlineData("127.0.0.1:16384", 1006U)] // mapped
    [InlineData("127.0.0.1:20480", null)]
    [InlineData("[::1]:20480", 1007U)]
    [InlineData("127.0.0.1:24576", null)] // no number
    [InlineData("127.0.0.1:1", null)]
    public void Holder_IsReadFromTheKernelsTable(string endPoint, uint? user)
    {
        Assert.SkipUnless(BitConverter.IsLittleEndian, "The table above was taken from a little-endian machine.");
        Assert.Equal(user, PortHolder.UserOf(IPEndPoint.Parse(endPoint), Table));
    }

    [Fact]
    public void Holder_OfOurOwnListener_IsUs()
    {
        using var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();

        Assert.Equal(UnixProcess.EffectiveUserId, PortHolder.UserOf(new IPEndPoint(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndPoint!).Port)));
    }
}
