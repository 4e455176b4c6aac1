using System.Collections.Concurrent;
using Bitmask.Primitives;

namespace Bitmask.Keys.Discovery;

/// <summary>Remembers answers, never failures, for a short time, so that writing one mail asks once.</summary>
internal sealed class AnswerCache(TimeSpan lifetime, TimeProvider clock)
{
    private const int MaxEntries = 1000;

    private readonly ConcurrentDictionary<EmailAddress, (DateTimeOffset Until, KeyLookup Answer)> _entries = new();

    public KeyLookup? Find(EmailAddress address)
        => _entries.TryGetValue(address, out var entry) && clock.GetUtcNow() < entry.Until ? entry.Answer : null;

    public void Remember(EmailAddress address, KeyLookup answer)
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

        _entries[address] = (now + lifetime, answer);
    }

    public void Forget(EmailAddress address) => _entries.TryRemove(address, out _);
}
