namespace Bitmask.Protocol.Outgoing;

/// <summary>One handler for each kind of trust, made when first asked for; owns them all. A program has one of these.</summary>
public sealed class OutgoingHandlers : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HttpMessageHandler> _handlers = [];

    /// <summary>Makes an empty set.</summary>
    public OutgoingHandlers(OutgoingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        Resolver = new NameResolver(options);
    }

    /// <summary>The settings.</summary>
    public OutgoingOptions Options { get; }

    /// <summary>The resolver, for protocols other than HTTP.</summary>
    public NameResolver Resolver { get; }

    /// <summary>The handler for this trust; shared, so do not dispose it.</summary>
    public HttpMessageHandler For(ServerTrust trust)
    {
        ArgumentNullException.ThrowIfNull(trust);
        lock (_lock)
        {
            if (!_handlers.TryGetValue(trust.Key, out var handler))
            {
                handler = OutgoingHttp.Create(Options, Resolver, trust);
                _handlers.Add(trust.Key, handler);
            }

            return handler;
        }
    }

    /// <summary>A client over <see cref="For"/>.</summary>
    public HttpClient CreateClient(ServerTrust trust) => OutgoingHttp.CreateClient(Options, For(trust));

    /// <summary>Closes all connections.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var handler in _handlers.Values)
            {
                handler.Dispose();
            }

            _handlers.Clear();
        }
    }
}
