using System.Collections.Concurrent;

namespace Bitmask.Daemon.Accounts;

/// <summary>One thing at a time for each account. Locking ends what is being done, instead of waiting for a provider that does not answer.</summary>
internal sealed class AccountTurns
{
    private readonly ConcurrentDictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <param name="account">Whose turn.</param>
    /// <param name="endsOthers">The turn that is being used and those that wait are cancelled first.</param>
    /// <param name="cancellationToken">Ends the wait, and the turn.</param>
    public async Task<Turn> TakeAsync(string account, bool endsOthers, CancellationToken cancellationToken)
    {
        var line = _lines.GetOrAdd(account, _ => new Line());
        var cancelled = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        List<CancellationTokenSource> others;
        lock (line)
        {
            others = [.. line.Users];
            line.Users.Add(cancelled);
        }

        if (endsOthers)
        {
            others.ForEach(Cancel);
        }

        try
        {
            await line.One.WaitAsync(cancelled.Token);
            return new Turn(line, cancelled);
        }
        catch
        {
            Leave(line, cancelled);
            throw;
        }
    }

    private static void Cancel(CancellationTokenSource other)
    {
        try
        {
            other.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended by itself.
        }
    }

    private static void Leave(Line line, CancellationTokenSource source)
    {
        lock (line)
        {
            line.Users.Remove(source);
        }

        source.Dispose();
    }

    /// <summary>The right to do something to an account; until it is disposed nobody else does.</summary>
    internal sealed class Turn(Line line, CancellationTokenSource source) : IDisposable
    {
        private bool _isOver;

        /// <summary>Cancelled when the account is to be locked.</summary>
        public CancellationToken Token { get; } = source.Token;

        public void Dispose()
        {
            if (!_isOver)
            {
                _isOver = true;
                Leave(line, source);
                line.One.Release();
            }
        }
    }

    internal sealed class Line
    {
        public SemaphoreSlim One { get; } = new(1, 1);

        public List<CancellationTokenSource> Users { get; } = [];
    }
}
