using System.Net;
using System.Net.Sockets;

namespace Bitmask.Provider.Tests.World;

/// <summary>A mail exchanger that takes connections and says nothing, until it hangs up on all that are there and all that come.</summary>
internal sealed class SilentExchanger : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpListener _listener;
    private readonly List<TcpClient> _clients = [];
    private readonly SemaphoreSlim _came = new(0);
    private bool _hangsUp;

    public SilentExchanger(IPAddress address, int port)
    {
        _listener = new TcpListener(address, port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Connections
    {
        get
        {
            lock (_clients)
            {
                return _clients.Count;
            }
        }
    }

    public async Task WaitForAsync(int connections)
    {
        for (var i = 0; i < connections; i++)
        {
            Assert.True(await _came.WaitAsync(Patience), $"Only {i} connections came.");
        }
    }

    public void HangUp()
    {
        lock (_clients)
        {
            _hangsUp = true;
            _clients.ForEach(client => client.Dispose());
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        HangUp();
        _came.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                lock (_clients)
                {
                    _clients.Add(client);
                    if (_hangsUp)
                    {
                        client.Dispose();
                    }
                }

                _came.Release();
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }
}
