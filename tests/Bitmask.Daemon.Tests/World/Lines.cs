using System.Net;
using System.Net.Sockets;

namespace Bitmask.Daemon.Tests.World;

/// <summary>A mail program at one of the doors, line by line.</summary>
internal sealed class Lines : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _socket = new();
    private StreamReader _reader = null!;

    public static async Task<Lines> ConnectAsync(int port)
    {
        var lines = new Lines();
        await lines._socket.ConnectAsync(IPAddress.Loopback, port);
        lines._reader = new StreamReader(lines._socket.GetStream());
        return lines;
    }

    public Task SendAsync(string line) => _socket.GetStream().WriteAsync(System.Text.Encoding.UTF8.GetBytes(line + "\r\n")).AsTask();

    /// <summary>The next line; null when the other side hung up.</summary>
    public Task<string?> ReadAsync() => _reader.ReadLineAsync().WaitAsync(Patience);

    /// <summary>Reads until a line begins so.</summary>
    public async Task<string> ReadUntilAsync(string start)
    {
        while (await ReadAsync() is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new EndOfStreamException($"No line began with {start}.");
    }

    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }
}
