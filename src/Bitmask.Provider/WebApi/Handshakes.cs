using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Bitmask.Provider.WebApi;

/// <summary>
/// Logins that have begun. They live in memory only: each is good for one attempt within minutes, and after a restart the client simply
/// begins again. Whoever asks for thousands at once meets a wall, not our memory's end.
/// </summary>
internal sealed class Handshakes(TimeProvider clock)
{
    private const int MaxPending = 10_000;

    private readonly ConcurrentDictionary<string, (object State, DateTimeOffset Expires)> _pending = new();

    /// <summary>Keeps a state and answers its name; null when too many wait.</summary>
    public string? Add(object state, TimeSpan life)
    {
        var now = clock.GetUtcNow();
        if (_pending.Count >= MaxPending)
        {
            foreach (var (old, entry) in _pending)
            {
                if (entry.Expires < now)
                {
                    _pending.TryRemove(old, out _);
                }
            }

            if (_pending.Count >= MaxPending)
            {
                return null;
            }
        }

        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _pending[id] = (state, now + life);
        return id;
    }

    /// <summary>Takes the state out: a second attempt finds nothing.</summary>
    public T? Take<T>(string? id)
        where T : class
        => id is not null && _pending.TryRemove(id, out var entry) && entry.Expires >= clock.GetUtcNow() ? entry.State as T : null;
}
