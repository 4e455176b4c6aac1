using System.IO.Pipelines;
using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Session;

/// <summary>
/// The way to the client. Answers are written into the pipe's own buffer and flushed by piece, so that a slow client slows the
/// command down instead of filling memory.
/// </summary>
internal sealed class ImapOutput : IDisposable
{
    private const int FlushOctets = 32 * 1024;

    private readonly PipeWriter _pipe;
    private readonly TimeSpan _timeout;
    private readonly ITimer _timer;
    private long _flushed;

    public ImapOutput(PipeWriter pipe, TimeSpan timeout, TimeProvider clock)
    {
        (_pipe, _timeout) = (pipe, timeout);
        _timer = clock.CreateTimer(static pipe => ((PipeWriter)pipe!).CancelPendingFlush(), pipe, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Writer = new ResponseWriter(pipe);
    }

    /// <summary>Where responses are written.</summary>
    public ResponseWriter Writer { get; }

    /// <summary>A response has begun and not ended: nothing else may be written, not even BYE.</summary>
    public bool IsInsideResponse { get; set; }

    /// <summary>An untagged response line, such as <c>* 3 EXISTS</c>.</summary>
    public void Untagged(string line)
    {
        Writer.Raw("* "u8);
        Writer.Line(line);
    }

    /// <summary>Enough is waiting.</summary>
    public bool IsFull => Writer.Written - _flushed >= FlushOctets;

    /// <summary>Flushes when enough is waiting.</summary>
    public ValueTask FlushIfFullAsync(CancellationToken cancellationToken)
        => IsFull ? FlushAsync(cancellationToken) : ValueTask.CompletedTask;

    /// <summary>Sends what is waiting and waits until the client took enough of it.</summary>
    /// <exception cref="OperationCanceledException">The client is gone, or does not read.</exception>
    public async ValueTask FlushAsync(CancellationToken cancellationToken)
    {
        if (Writer.Written == _flushed)
        {
            return;
        }

        Writer.Commit();
        _flushed = Writer.Written;
        var flush = _pipe.FlushAsync(cancellationToken);
        FlushResult result;
        if (flush.IsCompleted)
        {
            result = await flush.ConfigureAwait(false);
        }
        else
        {
            _timer.Change(_timeout, Timeout.InfiniteTimeSpan);
            result = await flush.ConfigureAwait(false);
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }

        if (result.IsCompleted || result.IsCanceled)
        {
            throw new OperationCanceledException("The client does not read.");
        }
    }

    /// <summary>Writes octets by piece, so that a large message does not pass through the pipe's buffer at once.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancellationToken)
    {
        while (!octets.IsEmpty)
        {
            var piece = octets[..Math.Min(octets.Length, FlushOctets)];
            Writer.Raw(piece.Span);
            octets = octets[piece.Length..];
            await FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
