using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli.Tests;

/// <summary>Answers on a control socket what a test wants, and keeps what it was asked.</summary>
internal sealed class FakeDaemon : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly Dictionary<string, (int Status, string Json)> _answers = new() { ["GET /v1/version"] = (200, """{"version":"9.8.7"}""") };
    private readonly List<(string Call, string Body)> _asked = [];
    private readonly Task _serving;

    public FakeDaemon(string home)
    {
        var paths = DaemonPaths.FromEnvironment(name => name == DaemonPaths.HomeVariable ? home : null);
        Directory.CreateDirectory(paths.Runtime);
        _listener.Bind(new UnixDomainSocketEndPoint(paths.Socket));
        _listener.Listen();
        _serving = ServeAsync();
    }

    public IReadOnlyList<(string Call, string Body)> Asked
    {
        get
        {
            lock (_asked)
            {
                return [.. _asked];
            }
        }
    }

    public void Answer(string call, string json, int status = 200) => _answers[call] = (status, json);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptAsync(_stop.Token);
                await using var stream = new NetworkStream(connection);
                await AnswerAsync(stream);
            }
        }
        catch (OperationCanceledException)
        {
            // The test is over.
        }
    }

    /// <summary>One request for each connection is enough here.</summary>
    private async Task AnswerAsync(NetworkStream stream)
    {
        var (head, rest) = await ReadHeadAsync(stream);
        if (head.Length == 0)
        {
            return;
        }

        var lines = head.Split("\r\n");
        var call = string.Join(' ', lines[0].Split(' ').Take(2));
        var body = await ReadBodyAsync(stream, lines, rest);
        lock (_asked)
        {
            _asked.Add((call, body));
        }

        var (status, json) = _answers.GetValueOrDefault(call, (409, """{"code":"unknown-call","message":"There is no such call here.","hint":null}"""));
        var octets = Encoding.UTF8.GetBytes(json);
        var answer = string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {octets.Length}\r\nConnection: close\r\n\r\n");
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(answer), .. octets]);
    }

    private async Task<(string Head, byte[] Begun)> ReadHeadAsync(NetworkStream stream)
    {
        var read = new List<byte>();
        var piece = new byte[4096];
        while (true)
        {
            var end = read.ToArray().AsSpan().IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                return (Encoding.ASCII.GetString(read.ToArray(), 0, end), [.. read.Skip(end + 4)]);
            }

            var count = await stream.ReadAsync(piece, _stop.Token);
            if (count == 0)
            {
                return ("", []);
            }

            read.AddRange(piece[..count]);
        }
    }

    /// <summary>By length or in chunks, as the client likes.</summary>
    private async Task<string> ReadBodyAsync(NetworkStream stream, string[] lines, byte[] rest)
    {
        var read = new List<byte>(rest);
        var piece = new byte[4096];
        var length = lines.Where(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Select(line => int.Parse(line.Split(':')[1], CultureInfo.InvariantCulture)).FirstOrDefault();
        var isChunked = lines.Any(line => line.StartsWith("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase));
        while (isChunked ? !Encoding.ASCII.GetString([.. read]).EndsWith("0\r\n\r\n", StringComparison.Ordinal) : read.Count < length)
        {
            read.AddRange(piece[..await stream.ReadAsync(piece, _stop.Token)]);
        }

        var text = Encoding.UTF8.GetString([.. read]);
        return isChunked ? string.Concat(text.Split("\r\n").Where((_, index) => index % 2 == 1)) : text;
    }
}
