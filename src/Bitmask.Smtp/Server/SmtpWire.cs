using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Text;
using Bitmask.Primitives;
using Bitmask.Smtp.Protocol;

namespace Bitmask.Smtp.Server;

/// <summary>Why a line could not be read.</summary>
internal enum LineFault
{
    None,

    /// <summary>The client is gone.</summary>
    Closed,

    /// <summary>Longer than allowed.</summary>
    TooLong,

    /// <summary>An LF without CR, or a CR without LF.</summary>
    BareLineBreak,
}

/// <summary>
/// The octets of one connection: lines and messages in, replies out. Replies are gathered and sent when no further command is at hand, so
/// that pipelined commands get their answers in order and in few packets (RFC 2920 §3.2).
/// </summary>
internal sealed class SmtpWire(IDuplexPipe transport, SmtpServerOptions options, TimeProvider clock, CancellationToken closed) : IAsyncDisposable
{
    private PipeReader _input = transport.Input;
    private PipeWriter _output = transport.Output;
    private SslStream? _tls;

    public async ValueTask<(LineFault Fault, byte[] Line)> ReadLineAsync(int maxOctets)
    {
        // For the whole line: whoever sends an octet every few minutes would else hold the connection for days.
        var start = clock.GetTimestamp();
        while (true)
        {
            var left = options.CommandTimeout - clock.GetElapsedTime(start);
            var result = await ReadAsync(left > TimeSpan.Zero ? left : throw new TimeoutException()).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.PositionOf((byte)'\n') is { } end)
            {
                var line = buffer.Slice(0, end).ToArray();
                _input.AdvanceTo(buffer.GetPosition(1, end));
                return line.Length + 1 > maxOctets ? (LineFault.TooLong, [])
                    : line.Length == 0 || line.AsSpan().IndexOf((byte)'\r') != line.Length - 1 ? (LineFault.BareLineBreak, [])
                    : (LineFault.None, line[..^1]);
            }

            if (buffer.Length >= maxOctets)
            {
                _input.AdvanceTo(buffer.End);
                return (LineFault.TooLong, []);
            }

            _input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                return (LineFault.Closed, []);
            }
        }
    }

    /// <summary>Reads the message after DATA, or a chunk after BDAT; false when the client left before its end, and then nothing was accepted.</summary>
    public async Task<bool> ReadMessageAsync(MessageReader reader)
    {
        var deadline = clock.GetTimestamp();
        while (!reader.IsComplete)
        {
            if (clock.GetElapsedTime(deadline) > options.DataTimeout)
            {
                throw new TimeoutException();
            }

            var result = await ReadAsync(options.CommandTimeout).ConfigureAwait(false);
            long used = 0;
            foreach (var piece in result.Buffer)
            {
                used += reader.Read(piece.Span);
                if (reader.IsComplete)
                {
                    break;
                }
            }

            _input.AdvanceTo(result.Buffer.GetPosition(used));
            if (result.IsCompleted && !reader.IsComplete)
            {
                return false;
            }
        }

        return true;
    }

    public void Write(SmtpReply reply) => _output.Write(Encoding.ASCII.GetBytes(SmtpReplyText.Write(reply)));

    public async ValueTask FlushAsync()
    {
        if (_output is { CanGetUnflushedBytes: true, UnflushedBytes: 0 })
        {
            return;
        }

        var flush = _output.FlushAsync(closed);
        if (flush.IsCompletedSuccessfully)
        {
            _ = flush.Result;
            return;
        }

        // The client does not read. A timer only now: nearly every flush ends at once.
        var writer = _output;
        using var timer = clock.CreateTimer(_ => writer.CancelPendingFlush(), null, options.CommandTimeout, Timeout.InfiniteTimeSpan);
        if ((await flush.ConfigureAwait(false)).IsCanceled)
        {
            throw new IOException("The client does not read its answers.");
        }
    }

    /// <summary>Answers STARTTLS and goes on encrypted; what was sent in clear after the command is dropped unread (RFC 3207 §4.2).</summary>
    public async Task<SslStream> StartTlsAsync(SmtpReply? goAhead)
    {
        if (goAhead is not null)
        {
            while (_input.TryRead(out var injected))
            {
                var nothing = injected.Buffer.IsEmpty;
                _input.AdvanceTo(injected.Buffer.End);
                if (nothing)
                {
                    break;
                }
            }

            Write(goAhead);
            await FlushAsync().ConfigureAwait(false);
        }

        var serverOptions = options.TlsOptions?.Invoke() ?? throw new InvalidOperationException("TlsOptions are needed for TLS.");
        _tls = new SslStream(new DuplexPipeStream(transport));
        using var limit = Limit(options.CommandTimeout);
        await _tls.AuthenticateAsServerAsync(serverOptions, limit.Token).ConfigureAwait(false);
        _input = PipeReader.Create(_tls, new StreamPipeReaderOptions(leaveOpen: true));
        _output = PipeWriter.Create(_tls, new StreamPipeWriterOptions(leaveOpen: true));
        return _tls;
    }

    public async ValueTask DisposeAsync()
    {
        if (_tls is not null)
        {
            await _input.CompleteAsync().ConfigureAwait(false);
            await _tls.DisposeAsync().ConfigureAwait(false);
        }

        await transport.Input.CompleteAsync().ConfigureAwait(false);
        await transport.Output.CompleteAsync().ConfigureAwait(false);
    }

    private async ValueTask<ReadResult> ReadAsync(TimeSpan timeout)
    {
        // Answers wait for the end of the pipelined batch: they leave when there is nothing more to read.
        if (_input.TryRead(out var ready))
        {
            if (ready.IsCompleted || ready.Buffer.PositionOf((byte)'\n') is not null)
            {
                return ready;
            }

            _input.AdvanceTo(ready.Buffer.Start);
        }

        await FlushAsync().ConfigureAwait(false);
        using var limit = Limit(timeout);
        return await _input.ReadAsync(limit.Token).ConfigureAwait(false);
    }

    private Deadline Limit(TimeSpan timeout) => new(timeout, clock, closed);
}
