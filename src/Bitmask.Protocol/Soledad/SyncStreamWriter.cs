using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Bitmask.Protocol.Soledad;

/// <summary>
/// Writes the line-oriented sync stream, in either direction. A document's content goes on its own line only, not a second time
/// inside the entry: half the bytes, and every server takes it.
/// </summary>
public sealed class SyncStreamWriter
{
    private const int FlushOctets = 64 * 1024;

    private readonly PipeWriter _output;
    private int _unflushed;
    private bool _isAnswer;
    private bool _begun;

    /// <summary>Writes to a pipe; completing the pipe stays with the caller.</summary>
    public SyncStreamWriter(PipeWriter output)
    {
        _output = output ?? throw new ArgumentNullException(nameof(output));
    }

    /// <summary>Writes to a stream, which stays open.</summary>
    public SyncStreamWriter(Stream output)
        : this(PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true)))
    {
    }

    /// <summary>On a client: begins an upload, or a request for a download.</summary>
    public Task WriteHeaderAsync(SyncHeader header, CancellationToken cancellationToken = default)
        => BeginAsync(header, SoledadJson.Default.SyncHeader, isAnswer: false, cancellationToken);

    /// <summary>On a server: begins an answer.</summary>
    public Task WriteNewGenerationAsync(NewGeneration answer, CancellationToken cancellationToken = default)
        => BeginAsync(answer, SoledadJson.Default.NewGeneration, isAnswer: true, cancellationToken);

    /// <summary>Writes one document.</summary>
    /// <exception cref="ArgumentException">The content has a line break or is empty.</exception>
    public async Task WriteEntryAsync(SyncEntry entry, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (!_begun)
        {
            throw new InvalidOperationException("The first line comes first.");
        }

        if (entry.Content is { } content && (content.Length == 0 || content.AsSpan().ContainsAny('\r', '\n')))
        {
            throw new ArgumentException("Content is one line.", nameof(entry));
        }

        Write(",\r\n"u8);
        Write(JsonSerializer.SerializeToUtf8Bytes(entry, SoledadJson.Default.SyncEntry));
        Write(",\r\n"u8);
        if (entry.Content is { } text)
        {
            _unflushed += (int)DocumentContent.Strict.GetBytes(text, _output);
        }

        if (_unflushed >= FlushOctets)
        {
            await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Writes one document whose content is UTF-8 already: one line, checked when it came in. A long one goes out piece by piece, as fast as
    /// the other side reads.
    /// </summary>
    public async Task WriteEntryAsync(SyncEntry entry, ReadOnlyMemory<byte> content, CancellationToken cancellationToken = default)
    {
        await WriteEntryAsync(entry, cancellationToken).ConfigureAwait(false);
        for (var rest = content; !rest.IsEmpty;)
        {
            var piece = rest[..Math.Min(rest.Length, FlushOctets)];
            Write(piece.Span);
            rest = rest[piece.Length..];
            if (_unflushed >= FlushOctets)
            {
                await FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Writes the end and flushes.</summary>
    public async Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        Write(_isAnswer ? "\r\n]\r\n"u8 : "\r\n]"u8);
        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task BeginAsync<T>(T line, JsonTypeInfo<T> type, bool isAnswer, CancellationToken cancellationToken)
    {
        if (_begun)
        {
            throw new InvalidOperationException("There is one first line.");
        }

        (_begun, _isAnswer) = (true, isAnswer);
        Write("[\r\n"u8);
        Write(JsonSerializer.SerializeToUtf8Bytes(line, type));
        await FlushAsync(cancellationToken).ConfigureAwait(false);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _output.Write(bytes);
        _unflushed += bytes.Length;
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        _unflushed = 0;
        await _output.FlushAsync(cancellationToken).ConfigureAwait(false);
    }
}
