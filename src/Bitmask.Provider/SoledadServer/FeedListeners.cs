using System.Threading.Channels;
using Bitmask.Primitives;

namespace Bitmask.Provider.SoledadServer;

/// <summary>One device that listens. However much happens while it is not looking, it is told once.</summary>
internal sealed class FeedListener(UserId account)
{
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public UserId Account { get; } = account;

    public void Wake() => _news.Writer.TryWrite(true);

    /// <summary>No more news; what is waiting may still be told.</summary>
    public void End() => _news.Writer.TryComplete();

    /// <summary>True for news, false after a while without, null when the feed has ended.</summary>
    public async Task<bool?> WaitAsync(TimeSpan longest, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var pause = new CancellationTokenSource(longest, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, cancellationToken);
        try
        {
            return await _news.Reader.WaitToReadAsync(either.Token) && _news.Reader.TryRead(out _) ? true : null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}

/// <summary>
/// Who listens, by account. An account has room for a number of feeds; one more ends the oldest, whose connection is most often dead without our knowing: nobody
/// is kept out, and one account can not fill the memory.
/// </summary>
internal sealed class FeedListeners
{
    public const int MaxPerAccount = 20;

    private readonly Dictionary<UserId, List<FeedListener>> _accounts = [];

    public FeedListener Add(UserId account)
    {
        var listener = new FeedListener(account);
        FeedListener? oldest = null;
        lock (_accounts)
        {
            if (!_accounts.TryGetValue(account, out var listeners))
            {
                _accounts[account] = listeners = [];
            }

            listeners.Add(listener);
            if (listeners.Count > MaxPerAccount)
            {
                oldest = listeners[0];
                listeners.RemoveAt(0);
            }
        }

        oldest?.End();
        return listener;
    }

    public void Remove(FeedListener listener)
    {
        lock (_accounts)
        {
            if (_accounts.TryGetValue(listener.Account, out var listeners) && listeners.Remove(listener) && listeners.Count == 0)
            {
                _accounts.Remove(listener.Account);
            }
        }
    }

    public void Wake(UserId account)
    {
        lock (_accounts)
        {
            if (_accounts.TryGetValue(account, out var listeners))
            {
                listeners.ForEach(static listener => listener.Wake());
            }
        }
    }
}
