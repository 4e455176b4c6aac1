namespace Bitmask.Imap.Session;

/// <summary>
/// Counts connections. When too many wait without login, the oldest of them has to go: a flood of silent connections costs itself, not
/// the next one who wants to log in.
/// </summary>
internal sealed class OpenConnections(ImapOptions options)
{
    private readonly Lock _gate = new();
    private readonly LinkedList<Connection> _open = new();

    /// <summary>Takes a connection in; false when there are too many.</summary>
    public bool TryAdd(ImapSession session, CancellationTokenSource stop)
    {
        lock (_gate)
        {
            if (_open.Count >= options.MaxConnections)
            {
                return false;
            }

            if (_open.Count(static c => !c.Session.IsLoggedIn) >= options.MaxConnectionsBeforeLogin)
            {
                var oldest = _open.First(static c => !c.Session.IsLoggedIn);
                oldest.Session.DropReason = "[UNAVAILABLE] Too many connections wait for a login";
                _ = oldest.Stop.CancelAsync();   // what hangs on it runs elsewhere, not under this lock
                _open.Remove(oldest);
            }

            _open.AddLast(new Connection(session, stop));
            return true;
        }
    }

    /// <summary>A connection ended.</summary>
    public void Remove(ImapSession session)
    {
        lock (_gate)
        {
            if (_open.FirstOrDefault(c => ReferenceEquals(c.Session, session)) is { } connection)
            {
                _open.Remove(connection);
            }
        }
    }

    private sealed record Connection(ImapSession Session, CancellationTokenSource Stop);
}
