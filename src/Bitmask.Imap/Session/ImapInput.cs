using System.Buffers;
using System.IO.Pipelines;
using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Session;

/// <summary>Why a read came back.</summary>
internal enum InputStatus
{
    /// <summary>A command, or a line, is there.</summary>
    Ready,

    /// <summary>The client waits for <c>+</c> before it sends a literal.</summary>
    NeedContinuation,

    /// <summary>A command was dropped for its size.</summary>
    Refused,

    /// <summary>The client broke a limit: close.</summary>
    HangUp,

    /// <summary>Nothing came for too long.</summary>
    TimedOut,

    /// <summary><see cref="ImapInput.Wake"/> was called.</summary>
    Woken,

    /// <summary>The client closed its side.</summary>
    Closed,
}

/// <summary>
/// The way from the client. Waiting can be ended from outside by <see cref="Wake"/>; a wake-up without a waiting read ends the next
/// one, so none is lost.
/// </summary>
internal sealed class ImapInput : IDisposable
{
    private readonly PipeReader _pipe;
    private readonly CommandReader _reader;
    private readonly ITimer _timer;
    private readonly int _maxLine;
    private int _timedOut;
    private int _woken;

    public ImapInput(PipeReader pipe, ImapOptions options, TimeProvider clock, CommandReader? reader = null)
    {
        (_pipe, _reader, _maxLine) = (pipe, reader ?? new CommandReader(options), options.MaxLiteralOctetsBeforeLogin);
        _timer = clock.CreateTimer(static input => ((ImapInput)input!).OnTimeout(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Limits and results of command reading.</summary>
    public CommandReader Reader => _reader;

    /// <summary>Ends the waiting read, or the next one, with <see cref="InputStatus.Woken"/>. From any thread.</summary>
    public void Wake()
    {
        Interlocked.Exchange(ref _woken, 1);
        _pipe.CancelPendingRead();
    }

    /// <summary>Reads on to the next command.</summary>
    public ValueTask<InputStatus> ReadCommandAsync(TimeSpan timeout)
        => ReadAsync(timeout, static (ImapInput input, ref ReadOnlySequence<byte> buffer) => input._reader.Read(ref buffer) switch
        {
            CommandReadStatus.Complete => InputStatus.Ready,
            CommandReadStatus.NeedContinuation => InputStatus.NeedContinuation,
            CommandReadStatus.Refused => InputStatus.Refused,
            CommandReadStatus.HangUp => InputStatus.HangUp,
            _ => null,
        });

    /// <summary>The line that <see cref="ReadLineAsync"/> read, without its end.</summary>
    public byte[] Line { get; private set; } = [];

    /// <summary>Reads a bare line: the client's part of AUTHENTICATE and the DONE of IDLE.</summary>
    public ValueTask<InputStatus> ReadLineAsync(TimeSpan timeout)
        => ReadAsync(timeout, static (ImapInput input, ref ReadOnlySequence<byte> buffer) =>
        {
            if (buffer.PositionOf((byte)'\n') is not { } end)
            {
                return buffer.Length > input._maxLine ? InputStatus.HangUp : null;
            }

            var line = buffer.Slice(0, end).ToArray();
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            input.Line = line is [.., (byte)'\r'] ? line[..^1] : line;
            return line.Length > input._maxLine ? InputStatus.HangUp : InputStatus.Ready;
        }, keepIncomplete: true);

    /// <summary>Forgets what has come and was not read.</summary>
    public void DropWaiting()
    {
        while (_pipe.TryRead(out var waiting))
        {
            var nothing = waiting.Buffer.IsEmpty;
            _pipe.AdvanceTo(waiting.Buffer.End);
            if (nothing)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private delegate InputStatus? Consume(ImapInput input, ref ReadOnlySequence<byte> buffer);

    private async ValueTask<InputStatus> ReadAsync(TimeSpan timeout, Consume consume, bool keepIncomplete = false)
    {
        var timed = false;
        try
        {
            while (true)
            {
                var read = _pipe.ReadAsync();
                if (!read.IsCompleted && !timed)
                {
                    timed = true;
                    _timer.Change(timeout, Timeout.InfiniteTimeSpan);
                }

                var result = await read.ConfigureAwait(false);
                var buffer = result.Buffer;
                var status = result.IsCanceled ? Interrupted() : Status(consume, ref buffer);
                _pipe.AdvanceTo(buffer.Start, status is null && keepIncomplete ? buffer.End : buffer.Start);
                if (status is { } done)
                {
                    return done;
                }

                if (result.IsCompleted && !result.IsCanceled)
                {
                    return InputStatus.Closed;
                }
            }
        }
        finally
        {
            if (timed)
            {
                _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                Interlocked.Exchange(ref _timedOut, 0);
            }
        }
    }

    private InputStatus? Status(Consume consume, ref ReadOnlySequence<byte> buffer) => consume(this, ref buffer);

    private InputStatus? Interrupted()
    {
        if (Interlocked.Exchange(ref _woken, 0) == 1)
        {
            return InputStatus.Woken;
        }

        // A cancellation without a reason is the late echo of one that was already told.
        return Interlocked.Exchange(ref _timedOut, 0) == 1 ? InputStatus.TimedOut : null;
    }

    private void OnTimeout()
    {
        Interlocked.Exchange(ref _timedOut, 1);
        _pipe.CancelPendingRead();
    }
}
