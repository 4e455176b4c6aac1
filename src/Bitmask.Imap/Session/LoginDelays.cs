namespace Bitmask.Imap.Session;

/// <summary>
/// How long wrong logins wait, by where they come from, over all connections (security.md C5). Only the answer to a wrong login waits:
/// guessing becomes slow, and nobody can lock the owner out.
/// </summary>
internal sealed class LoginDelays(ImapOptions options, TimeProvider clock)
{
    private const int MaxSources = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Count, DateTimeOffset Last)> _sources = new(StringComparer.Ordinal);

    /// <summary>Counts a wrong login; how long its answer waits.</summary>
    public TimeSpan Next(string source)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var count = _sources.TryGetValue(source, out var known) && now - known.Last < options.LoginDelayMemory ? known.Count : 0;
            if (_sources.Count >= MaxSources && !_sources.ContainsKey(source))
            {
                Forget(now);
            }

            _sources[source] = (count + 1, now);
            var delay = options.FirstLoginDelay * Math.Pow(2, Math.Min(count, 16));
            return delay < options.MaxLoginDelay ? delay : options.MaxLoginDelay;
        }
    }

    /// <summary>Makes room: first those that are done with, then, under attack from everywhere, those seen longest ago.</summary>
    private void Forget(DateTimeOffset now)
    {
        foreach (var source in _sources.Where(s => now - s.Value.Last >= options.LoginDelayMemory).Select(static s => s.Key).ToList())
        {
            _sources.Remove(source);
        }

        foreach (var source in _sources.OrderBy(static s => s.Value.Last).Take(Math.Max(0, _sources.Count - (MaxSources / 2))).Select(static s => s.Key).ToList())
        {
            _sources.Remove(source);
        }
    }
}
