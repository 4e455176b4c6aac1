using System.Collections.Concurrent;
using Bitmask.Primitives;

namespace Bitmask.Keys.Discovery;

/// <summary>Remembers answers, never failures, for a short time, so that writing one mail asks once.</summary>
internal sealed class AnswerCache(TimeSpan lifetime, TimeProvider clock)
{
    private const int MaxEntries = 1000;

    private readonly ConcurrentDictionary<(EmailAddress Address, LookupScope Scope), (DateTimeOffset Until, KeyLookup Answer)> _entries = new();

    /// <summary>What only some were asked is no answer for those who ask all; what all were asked is one for everybody.</summary>
    public KeyLookup? Find(EmailAddress address, LookupScope scope)
        => _entries.TryGetValue((address, LookupScope.Everywhere), out var entry) && clock.GetUtcNow() < entry.Until ? entry.Answer
            : scope != LookupScope.Everywhere && _entries.TryGetValue((address, scope), out entry) && clock.GetUtcNow() < entry.Until ? entry.Answer : null;

    public void Remember(EmailAddress address, LookupScope scope, KeyLookup answer)
    {
        if (answer is KeyLookup.Failed)
        {
            return;
        }

        var now = clock.GetUtcNow();
        if (_entries.Count >= MaxEntries)
        {
            foreach (var (stale, _) in _entries.Where(entry => entry.Value.Until <= now).DefaultIfEmpty(_entries.First()))
            {
                _entries.TryRemove(stale, out _);
            }
        }

        _entries[(address, scope)] = (now + lifetime, answer);
    }

    public void Forget(EmailAddress address)
    {
        _entries.TryRemove((address, LookupScope.Everywhere), out _);
        _entries.TryRemove((address, LookupScope.OwnProvider), out _);
    }
}
