using System.Net;
using System.Net.Sockets;

namespace Bitmask.Provider.WebApi;

/// <summary>
/// How long wrong logins wait, by account and by where they come from. Only the answer to a wrong login waits: guessing becomes slow, and nobody can
/// lock the owner out. One source has a number of attempts running at most, else it would guess in parallel; who guesses from everywhere at once
/// pays for the key derivation of every guess.
/// </summary>
internal sealed class LoginDelays(TimeProvider clock)
{
    /// <summary>Wrong logins that wait for nothing: people mistype.</summary>
    public const int Free = 8;

    /// <summary>Attempts of one source that run, or wait for their answer, at once; further ones are not even looked at.</summary>
    public const int MaxRunning = 16;

    /// <summary>After so long without a wrong login all is forgotten.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromMinutes(15);

    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    /// <summary>Accounts and sources with wrong logins that are remembered at most.</summary>
    public const int MaxKnown = 20_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (int Count, DateTimeOffset Last)> _failures = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _running = new(StringComparer.Ordinal);

    /// <summary>One source: an address, or what one network of IPv6 usually is.</summary>
    public static string SourceOf(IPAddress? address)
    {
        if (address is { IsIPv4MappedToIPv6: true })
        {
            address = address.MapToIPv4();
        }

        return address?.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address?.ToString() ?? "";
    }

    /// <summary>Accounts and sources that are remembered.</summary>
    public int Known
    {
        get
        {
            lock (_gate)
            {
                return _failures.Count;
            }
        }
    }

    /// <summary>Begins an attempt, which ends with the answer's disposal; null when the source has too many running.</summary>
    public IDisposable? TryBegin(string source)
    {
        lock (_gate)
        {
            var running = _running.GetValueOrDefault(source);
            if (running >= MaxRunning)
            {
                return null;
            }

            _running[source] = running + 1;
            return new Attempt(this, source);
        }
    }

    /// <summary>Counts a wrong login, and waits as long as its answer is to wait.</summary>
    public Task WaitAsync(string login, string source, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // The marks keep the names of accounts and of sources apart.
            var (ofSource, ofLogin) = (Count("@" + source), Count("/" + login));
            var delay = ofSource > ofLogin ? ofSource : ofLogin;
            return delay == TimeSpan.Zero ? Task.CompletedTask : Task.Delay(delay, clock, cancellationToken);
        }
    }

    private void End(string source)
    {
        lock (_gate)
        {
            if (--_running[source] == 0)
            {
                _running.Remove(source);
            }
        }
    }

    private TimeSpan Count(string key)
    {
        var now = clock.GetUtcNow();
        var count = _failures.TryGetValue(key, out var known) && now - known.Last < Memory ? known.Count : 0;
        if (_failures.Count >= MaxKnown && !_failures.ContainsKey(key))
        {
            Forget(now);
        }

        _failures[key] = (count + 1, now);
        return count < Free ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(count - Free, 16))));
    }

    /// <summary>Makes room: first those that are done with, then, under attack from everywhere, those seen longest ago.</summary>
    private void Forget(DateTimeOffset now)
    {
        foreach (var key in _failures.Where(f => now - f.Value.Last >= Memory).Select(static f => f.Key).ToList())
        {
            _failures.Remove(key);
        }

        foreach (var key in _failures.OrderBy(static f => f.Value.Last).Take(Math.Max(0, _failures.Count - (MaxKnown / 2))).Select(static f => f.Key).ToList())
        {
            _failures.Remove(key);
        }
    }

    private sealed class Attempt(LoginDelays delays, string source) : IDisposable
    {
        private string? _source = source;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _source, null) is { } ended)
            {
                delays.End(ended);
            }
        }
    }
}
