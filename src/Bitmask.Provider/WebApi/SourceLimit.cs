namespace Bitmask.Provider.WebApi;

/// <summary>
/// How often one source may ask for what costs us, or tells about others: a number at once, and so many a second in the long run. Who asks too much is told when to come
/// again; all others go on as before.
/// </summary>
internal sealed class SourceLimit(TimeProvider clock, int burst, double perSecond)
{
    /// <summary>Sources that are remembered at most.</summary>
    public const int MaxSources = 20_000;

    private readonly Lock _gate = new();

    /// <summary>What is left to a source, and when that was so; sources that are not here have everything left.</summary>
    private readonly Dictionary<string, (double Left, DateTimeOffset At)> _sources = new(StringComparer.Ordinal);

    /// <summary>Sources that are remembered.</summary>
    public int Known
    {
        get
        {
            lock (_gate)
            {
                return _sources.Count;
            }
        }
    }

    /// <summary>Refuses the request with 429 when its source has asked too often.</summary>
    /// <exception cref="ApiException">It has.</exception>
    public void Check(HttpContext context)
    {
        if (Take(LoginDelays.SourceOf(context.Connection.RemoteIpAddress)) is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            throw ApiException.SlowDown;
        }
    }

    /// <summary>Null when the source may ask now; else after how many seconds.</summary>
    public int? Take(string source)
    {
        var now = clock.GetUtcNow();
        lock (_gate)
        {
            var left = LeftOf(source, now);
            if (left < 1)
            {
                return (int)Math.Ceiling((1 - left) / perSecond);
            }

            if (_sources.Count >= MaxSources && !_sources.ContainsKey(source))
            {
                Forget(now);
            }

            _sources[source] = (left - 1, now);
            return null;
        }
    }

    private double LeftOf(string source, DateTimeOffset now) => _sources.TryGetValue(source, out var known)
        ? Math.Min(burst, known.Left + (Math.Max(0, (now - known.At).TotalSeconds) * perSecond))
        : burst;

    /// <summary>Makes room: those who have everything left again need no remembering; then, under attack from everywhere, those who have most left go.</summary>
    private void Forget(DateTimeOffset now)
    {
        foreach (var source in _sources.Keys.OrderByDescending(source => LeftOf(source, now)).Take(MaxSources / 2).ToList())
        {
            _sources.Remove(source);
        }
    }
}
