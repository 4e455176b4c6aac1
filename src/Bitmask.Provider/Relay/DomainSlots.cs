using System.Collections.Concurrent;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.Relay;

/// <summary>
/// How much of the relay each domain may hold: one whose exchangers are slow, or that gets much mail, has its share and no more. A recipient who
/// finds the share used up is noted here and not looked at again before some of it is free.
/// </summary>
internal sealed class DomainSlots(int perDomain)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.OrdinalIgnoreCase);
    private readonly ConcurrentDictionary<(string Message, int Position), string> _parked = new();

    public int ParkedCount => _parked.Count;

    /// <summary>Takes a slot, to be given back with <see cref="Leave"/>; false, and the rows parked, when there is none.</summary>
    public bool TryEnter(string domain, IEnumerable<QueuedRecipient> rows)
    {
        lock (_lock)
        {
            var taken = _taken.GetValueOrDefault(domain);
            if (taken < perDomain)
            {
                _taken[domain] = taken + 1;
                return true;
            }
        }

        foreach (var row in rows)
        {
            _parked[(row.Message, row.Position)] = domain;
        }

        return false;
    }

    public void Leave(string domain)
    {
        lock (_lock)
        {
            if (--_taken[domain] == 0)
            {
                _taken.Remove(domain);
            }
        }
    }

    /// <summary>Whether it is of use to look at a recipient now.</summary>
    public bool MayEnter(QueuedRecipient row)
    {
        if (!_parked.TryGetValue((row.Message, row.Position), out var domain))
        {
            return true;
        }

        lock (_lock)
        {
            return _taken.GetValueOrDefault(domain) < perDomain;
        }
    }

    /// <summary>It is looked at now.</summary>
    public void Unpark(QueuedRecipient row) => _parked.TryRemove((row.Message, row.Position), out _);
}
