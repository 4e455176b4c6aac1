using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Bitmask.Provider.Tests.Faults;

/// <summary>Which way a line is cut: what the device sends, or what the provider sends.</summary>
public enum Way
{
    Up,
    Down,
}

/// <summary>
/// A TCP line to the provider that is cut after so many TLS records of one way, with a reset, and stays dead then. Every flush of either
/// side is a record of its own (a handshake message, an HTTP/2 frame or some), so that counting on until nothing is cut any more tries every place
/// between two messages, from the first octet of a connection to its last.
/// </summary>
internal sealed class CutLine : IAsyncDisposable
{
    private const int HeaderOctets = 5;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _relays = [];
    private readonly Lock _lock = new();
    private readonly int _provider;
    private Task _accepting = Task.CompletedTask;
    private (Way Way, int Records)? _plan;
    private int _records;
    private bool _isDead;

    private readonly bool _isTls;

    private CutLine(int provider, bool isTls) => (_provider, _isTls) = (provider, isTls);

    public int Port { get; private set; }

    /// <summary>Whether the plan came to it.</summary>
    public bool WasCut
    {
        get
        {
            lock (_lock)
            {
                return _isDead;
            }
        }
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="provider">The port behind it.</param>
    /// <param name="isTls">Whether TLS begins at once. Else each piece that comes counts: in a dialogue, a line or an answer.</param>
    public static CutLine Start(int provider, bool isTls = true)
    {
        var line = new CutLine(provider, isTls);
        line._listener.Start();
        line.Port = ((IPEndPoint)line._listener.LocalEndpoint).Port;
        line._accepting = line.AcceptAsync();
        return line;
    }

    /// <summary>Whole again.</summary>
    public void Heal() => Begin(Way.Up, int.MaxValue);

    /// <summary>From now on, all connections together: so many records of one way pass, then the line is dead.</summary>
    public void Begin(Way way, int records)
    {
        lock (_lock)
        {
            (_plan, _records, _isDead) = ((way, records), 0, false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_relays);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var device = await _listener.AcceptSocketAsync(_stopping.Token);
                _relays.Add(RelayAsync(device));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }
    }

    private async Task RelayAsync(Socket device)
    {
        using var deviceSide = device;
        using var providerSide = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        try
        {
            if (WasCut)
            {
                return;
            }

            (device.NoDelay, providerSide.NoDelay) = (true, true);
            await providerSide.ConnectAsync(IPAddress.Loopback, _provider, ending.Token);
            await await Task.WhenAny(PassAsync(device, providerSide, Way.Up, ending.Token), PassAsync(providerSide, device, Way.Down, ending.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
        }
        finally
        {
            await ending.CancelAsync();
            Reset(device);
            Reset(providerSide);
        }
    }

    /// <summary>Hands on record by record. Ends when one side has hung up or the line is cut.</summary>
    private async Task PassAsync(Socket from, Socket to, Way way, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        for (var filled = 0; ;)
        {
            var read = await from.ReceiveAsync(buffer.AsMemory(filled), cancellationToken);
            if (read == 0)
            {
                return;
            }

            filled += read;
            var passed = 0;
            while (LengthOf(buffer.AsSpan(passed, filled - passed)) is var length && length > 0 && length <= filled - passed)
            {
                if (IsLast(way))
                {
                    return;
                }

                await to.SendAsync(buffer.AsMemory(passed, length), cancellationToken);
                passed += length;
            }

            buffer.AsSpan(passed, filled - passed).CopyTo(buffer);
            filled -= passed;
        }
    }

    /// <summary>Octets of the record that begins here; 0 when that can not be said yet.</summary>
    private int LengthOf(ReadOnlySpan<byte> octets)
        => !_isTls ? octets.Length : octets.Length < HeaderOctets ? 0 : HeaderOctets + BinaryPrimitives.ReadUInt16BigEndian(octets[3..]);

    private bool IsLast(Way way)
    {
        lock (_lock)
        {
            return _isDead |= _plan is { } plan && plan.Way == way && _records++ == plan.Records;
        }
    }

    private static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }
}
