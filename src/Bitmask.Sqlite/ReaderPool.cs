namespace Bitmask.Sqlite;

/// <summary>
/// Reading connections, the last used first, so that one of them has the warm cache. Nobody ever waits: when all are taken another
/// is opened, and those above the number to keep are closed when they come back.
/// </summary>
internal sealed class ReaderPool(Func<Connection> open, int keep) : IDisposable
{
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly Stack<Connection> _idle = new();
    private int _taken;
    private bool _closed;

    public Connection Take()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Database));
            _taken++;
            if (_idle.TryPop(out var connection))
            {
                return connection;
            }
        }

        try
        {
            return open();
        }
        catch
        {
            Leave();
            throw;
        }
    }

    /// <summary>Takes a connection back; one that failed is not used again.</summary>
    public void Return(Connection connection, bool isSound)
    {
        var isKept = false;
        lock (_gate)
        {
            if (isSound && !_closed && _idle.Count < keep)
            {
                _idle.Push(connection);
                isKept = true;
            }
        }

        if (!isKept)
        {
            connection.Dispose();
        }

        Leave();
    }

    /// <summary>Lets running reads end and closes all connections.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            while (_taken > 0 && Monitor.Wait(_gate, LongestRead))
            {
            }

            while (_idle.TryPop(out var connection))
            {
                connection.Dispose();
            }
        }
    }

    private void Leave()
    {
        lock (_gate)
        {
            _taken--;
            Monitor.PulseAll(_gate);
        }
    }
}
