using System.Net;

namespace Bitmask.Soledad;

/// <summary>
/// Ends a request that does not move: how long one takes as a whole is the line's matter, but when for a while nothing is taken and nothing comes, the
/// other side is dead.
/// </summary>
internal sealed class StallWatch : IDisposable
{
    private readonly CancellationTokenSource _stalling;
    private readonly CancellationTokenSource _either;
    private readonly Lock _lock = new();
    private readonly TimeSpan _limit;
    private bool _isOver;

    public StallWatch(TimeSpan limit, TimeProvider clock, CancellationToken cancellationToken)
    {
        _limit = limit;
        _stalling = new CancellationTokenSource(limit, clock);
        _either = CancellationTokenSource.CreateLinkedTokenSource(_stalling.Token, cancellationToken);
    }

    /// <summary>Ends with the caller's patience or when nothing moves.</summary>
    public CancellationToken Token => _either.Token;

    /// <summary>Something moved: the wait begins anew.</summary>
    public void Moved()
    {
        // A body may still go out when its answer has begun.
        lock (_lock)
        {
            if (!_isOver)
            {
                _stalling.CancelAfter(_limit);
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
        }

        _either.Dispose();
        _stalling.Dispose();
    }
}

/// <summary>The body of a request that tells of every piece the connection has taken. What is inside stays the caller's.</summary>
internal sealed class WatchedContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly Action _moved;

    public WatchedContent(HttpContent inner, Action moved)
    {
        (_inner, _moved) = (inner, moved);
        foreach (var (name, values) in inner.Headers)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        => _inner.CopyToAsync(new WatchedStream(stream, _moved), context, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }
}

/// <summary>The body of an answer that fails when nothing comes for a while.</summary>
internal sealed class UnstalledContent : HttpContent
{
    private readonly HttpContent _inner;
    private readonly TimeSpan _limit;
    private readonly TimeProvider _clock;

    public UnstalledContent(HttpContent inner, TimeSpan limit, TimeProvider clock)
    {
        (_inner, _limit, _clock) = (inner, limit, clock);
        foreach (var (name, values) in inner.Headers)
        {
            Headers.TryAddWithoutValidation(name, values);
        }
    }

    protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

    protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken)
        => new IdleLimitedStream(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), _limit, long.MaxValue, _clock);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var body = await CreateContentReadStreamAsync().ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            await body.CopyToAsync(stream).ConfigureAwait(false);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _inner.Headers.ContentLength ?? 0;
        return _inner.Headers.ContentLength is not null;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }
}
