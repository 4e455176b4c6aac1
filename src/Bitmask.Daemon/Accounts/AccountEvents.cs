using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon.Accounts;

/// <summary>The latest things the owner should know, each name once with its latest time; bounded.</summary>
internal sealed class AccountEvents(TimeProvider clock)
{
    private const int Kept = 50;

    private readonly LinkedList<AccountEvent> _latest = [];

    public void Add(string name, string message)
    {
        lock (_latest)
        {
            for (var node = _latest.First; node is not null; node = node.Next)
            {
                if (node.Value.Name == name && node.Value.Message == message)
                {
                    _latest.Remove(node);
                    break;
                }
            }

            _latest.AddLast(new AccountEvent(name, message, clock.GetUtcNow()));
            if (_latest.Count > Kept)
            {
                _latest.RemoveFirst();
            }
        }
    }

    /// <summary>As <see cref="Add"/>, in place of the one of the same name.</summary>
    public void Renew(string name, string message)
    {
        lock (_latest)
        {
            for (var node = _latest.First; node is not null; node = node.Next)
            {
                if (node.Value.Name == name)
                {
                    _latest.Remove(node);
                    break;
                }
            }

            Add(name, message);
        }
    }

    public IReadOnlyList<AccountEvent> Latest()
    {
        lock (_latest)
        {
            return [.. _latest];
        }
    }
}
