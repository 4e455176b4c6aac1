namespace Bitmask.Sqlite;

/// <summary>
/// Reading connections, the last used first, so that one of them has the warm cache. Nobody ever waits: when all are taken another
/// is opened, and those above the number to keep are closed when they come back. Only one has a large cache: it does most of the work.
/// </summary>
internal sealed class ReaderPool(Func<ConnectionKind, Connection> open, int keep) : IDisposable
{
    private static readonly TimeSpan LongestRead = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private readonly Stack<Connection> _idle = new();
    private int _taken;
    private bool _closed;
    private Connection? _main;
    private bool _isMainIdle;

    public Connection Take()
    {
        bool isMain;
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(Database));
            _taken++;
            if (_isMainIdle)
            {
                _isMainIdle = false;
                return _main!;
            }

            if (_idle.TryPop(out var connection))
            {
                return connection;
            }

            // Whoever finds no reader at all opens the one with the large cache.
            isMain = _main is null && _taken == 1;
        }

        try
        {
            var connection = open(isMain ? ConnectionKind.Reader : ConnectionKind.ExtraReader);
            lock (_gate)
            {
                _main = isMain ? connection : _main;
            }

            return connection;
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
            var isMain = ReferenceEquals(connection, _main);
            if (isSound && !_closed && isMain)
            {
                (_isMainIdle, isKept) = (true, true);
            }
            else if (isMain)
            {
                _main = null;
            }
            else if (isSound && !_closed && _idle.Count < keep - 1)
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

            if (_isMainIdle)
            {
                _isMainIdle = false;
                _main!.Dispose();
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
