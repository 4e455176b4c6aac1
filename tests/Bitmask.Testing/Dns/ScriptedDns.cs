using System.Net;
using System.Net.Sockets;

namespace Bitmask.Testing.Dns;

/// <summary>A name server on loopback that answers from a <see cref="DnsZone"/>, over UDP.</summary>
public sealed class ScriptedDns : IDisposable
{
    private readonly Socket _socket;
    private readonly CancellationTokenSource _stop = new();

    private ScriptedDns(Socket socket, DnsZone zone)
    {
        _socket = socket;
        Zone = zone;
        EndPoint = (IPEndPoint)socket.LocalEndPoint!;
        Running = Task.Run(ServeAsync);
    }

    /// <summary>What it answers; may be changed while it runs, under a lock on the zone.</summary>
    public DnsZone Zone { get; }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Ends when the server is disposed.</summary>
    public Task Running { get; }

    /// <summary>Starts on the given end point; port 0 takes a free one.</summary>
    public static ScriptedDns Start(DnsZone zone, IPEndPoint? endPoint = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(endPoint ?? new IPEndPoint(IPAddress.Loopback, 0));
        return new ScriptedDns(socket, zone);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stop.Cancel();
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var buffer = new byte[4096];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var received = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                if (DnsAnswer.For(buffer.AsSpan(0, received.ReceivedBytes), Zone) is { } answer)
                {
                    await _socket.SendToAsync(answer, SocketFlags.None, received.RemoteEndPoint);
                }
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                if (_stop.IsCancellationRequested)
                {
                    return;
                }
            }
        }
    }
}
