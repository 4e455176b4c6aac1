using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Bitmask.Provider.WebApi;

/// <summary>
/// Logins that have begun. They live in memory only: each is good for one attempt within minutes, and after a restart the client simply
/// begins again. Whoever begins thousands pushes out the oldest ones: neither our memory ends, nor is anybody kept out who goes on at once.
/// </summary>
internal sealed class Handshakes(TimeProvider clock)
{
    private const int MaxPending = 10_000;

    private readonly ConcurrentDictionary<string, (object State, DateTimeOffset Expires)> _pending = new();
    private readonly ConcurrentQueue<string> _order = new();

    /// <summary>Keeps a state and answers its name.</summary>
    public string Add(object state, TimeSpan life)
    {
        var id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        _pending[id] = (state, clock.GetUtcNow() + life);
        _order.Enqueue(id);
        while (_order.Count > MaxPending && _order.TryDequeue(out var oldest))
        {
            _pending.TryRemove(oldest, out _);
        }

        return id;
    }

    /// <summary>Takes the state out: a second attempt finds nothing.</summary>
    public T? Take<T>(string? id)
        where T : class
        => id is not null && _pending.TryRemove(id, out var entry) && entry.Expires >= clock.GetUtcNow() ? entry.State as T : null;
}
