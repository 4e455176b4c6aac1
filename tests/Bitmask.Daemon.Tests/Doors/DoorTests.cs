using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Bitmask.Daemon.Doors;
using Bitmask.Daemon.Tests.World;
using Bitmask.Primitives;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bitmask.Daemon.Tests.Doors;

public sealed class DoorTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public async Task Port_Held_TheDoorSaysSoAndOpensWhenItIsFree()
    {
        var holder = new Socket(SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        await using var door = Open(((IPEndPoint)holder.LocalEndPoint!).Port);
        await door.OpenAsync();
        Assert.Equal("failed", door.Status.State);
        Assert.Contains("imap_port", door.Status.Error, StringComparison.Ordinal);
        Assert.Null(door.ForeignUntil);

        holder.Dispose();

        await Device.UntilAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(10));
                return Task.FromResult(door.Status.State == "listening");
            },
            "the door opens");
        Assert.Null(door.Status.Error);
    }

    [Fact]
    public async Task Port_Held_TheDoorCanBeClosed()
    {
        using var holder = new Socket(SocketType.Stream, ProtocolType.Tcp);
        holder.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        holder.Listen();
        var door = Open(((IPEndPoint)holder.LocalEndPoint!).Port);
        await door.OpenAsync();

        await door.DisposeAsync();
    }

    [Fact]
    public async Task Address_NotOfThisMachine_IsAFailedDoorAndNoCrash()
    {
        await using var door = Door.OnPort("imap", IPAddress.Parse("192.0.2.1"), Device.FreePorts(1)[0], _ => { }, _clock, NullLoggerFactory.Instance);

        await door.OpenAsync();

        Assert.Equal("failed", door.Status.State);
        Assert.Contains("listen_address", door.Status.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("in use", door.Status.Error, StringComparison.Ordinal);
        Assert.Null(door.ForeignUntil);
    }

    [Fact]
    public async Task Port_HeldByAnotherUser_IsRememberedUntilTheLastMoment()
    {
        Assert.SkipUnless(UnixProcess.EffectiveUserId == 0 && File.Exists("/usr/bin/setpriv") && File.Exists("/usr/bin/perl"), "Needs root, setpriv and perl to be another user.");
        var port = Device.FreePorts(1)[0];
        const string Squat = "use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], Listen => 1) or die; $| = 1; print qq(ready\\n); <STDIN>;";
        using var squatter = Process.Start(new ProcessStartInfo("/usr/bin/setpriv", ["--reuid", "65534", "--clear-groups", "/usr/bin/perl", "-e", Squat, port.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("ready", await squatter.StandardOutput.ReadLineAsync());
        await using var door = Open(port);

        await door.OpenAsync();
        Assert.Contains("65534", door.Status.Error, StringComparison.Ordinal);
        Assert.Equal(_clock.GetUtcNow(), door.ForeignUntil);

        squatter.StandardInput.Close();
        await squatter.WaitForExitAsync();
        await Device.UntilAsync(
            () =>
            {
                _clock.Advance(TimeSpan.FromSeconds(10));
                return Task.FromResult(door.Status.State == "listening");
            },
            "the door opens");
        var until = door.ForeignUntil;
        Assert.NotNull(until);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(until, door.ForeignUntil);
    }

    private Door Open(int port) => Door.OnPort("imap", IPAddress.Loopback, port, _ => { }, _clock, NullLoggerFactory.Instance);
}
