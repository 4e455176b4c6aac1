using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Bitmask.Protocol.Soledad;

/// <summary>
/// Reads the line-oriented sync stream, in either direction and at any chunking: <c>[</c>, a first line, then two lines for each
/// document (entry, content; empty for a tombstone), <c>]</c>. Each line but the last ends with a comma. Only one document is held
/// in memory. Everything wrong with the stream is a <see cref="SoledadProtocolException"/>.
/// </summary>
public sealed class SyncStreamReader
{
    private readonly PipeReader _input;
    private readonly SyncStreamOptions _options;
    private ArrayBufferWriter<byte> _line = new();
    private bool _comma;
    private bool _isCut;
    private bool _done;
    private int _documents;
    private int? _announced;

    /// <summary>Reads from a pipe.</summary>
    public SyncStreamReader(PipeReader input, SyncStreamOptions? options = null)
    {
        _input = input ?? throw new ArgumentNullException(nameof(input));
        _options = options ?? SyncStreamOptions.Default;
    }

    /// <summary>Reads from a stream, which stays open.</summary>
    public SyncStreamReader(Stream input, SyncStreamOptions? options = null)
        : this(PipeReader.Create(input, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true)), options)
    {
    }

    /// <summary>On a server: reads the beginning of an upload, or of a request for a download.</summary>
    /// <exception cref="SoledadProtocolException">The stream is malformed.</exception>
    public async Task<SyncHeader> ReadHeaderAsync(CancellationToken cancellationToken = default)
    {
        var header = await ReadFirstAsync(SoledadJson.Default.SyncHeader, cancellationToken).ConfigureAwait(false);
        return header.LastKnownGeneration >= 0 ? header : throw new SoledadProtocolException("A generation is not negative.");
    }

    /// <summary>On a client: reads the beginning of an answer.</summary>
    /// <exception cref="SoledadProtocolException">The stream is malformed, or the server reports an error in it.</exception>
    public async Task<NewGeneration> ReadNewGenerationAsync(CancellationToken cancellationToken = default)
    {
        var answer = await ReadFirstAsync(SoledadJson.Default.NewGeneration, cancellationToken).ConfigureAwait(false);
        return answer is { Generation: >= 0, NumberOfChanges: null or >= 0 }
            ? answer
            : throw new SoledadProtocolException("A generation is not negative.");
    }

    /// <summary>Reads the next document; null when the stream has ended as it should, and nothing followed.</summary>
    /// <remarks>The id, the revision and the content are not judged here: one bad document must not stop a sync.</remarks>
    /// <exception cref="SoledadProtocolException">The stream is malformed, or the number of documents is not the announced one.</exception>
    public async Task<SyncEntry?> ReadEntryAsync(CancellationToken cancellationToken = default)
    {
        if (_done)
        {
            return null;
        }

        var line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (line.Span.SequenceEqual("]"u8))
        {
            await FinishAsync(cancellationToken).ConfigureAwait(false);
            return null;
        }

        var entry = ReadEntryLine(TakeLine(line, isFirst: false));
        if (!_comma)
        {
            throw new SoledadProtocolException("The content line of a document is missing.");
        }

        var content = ReadText(TakeLine(await ReadLineAsync(cancellationToken).ConfigureAwait(false), isFirst: false));
        if (_isCut)
        {
            // Only ] may end without a line end: what broke off inside the content would look like a shorter content.
            throw new SoledadProtocolException("The stream ends inside a document.");
        }

        Count(entry);
        return new SyncEntry
        {
            Id = entry.Id!,
            Rev = entry.Rev!,
            Generation = entry.Generation!.Value,
            TransactionId = entry.TransactionId!,
            NumberOfDocs = entry.NumberOfDocs,
            DocIdx = entry.DocIdx,
            Size = entry.Size,
            Content = MergeContent(entry.Content, content),
        };
    }

    private static SyncEntryLine ReadEntryLine(ReadOnlyMemory<byte> line)
    {
        var entry = Deserialize(line, SyncEntryLineJson.Default.SyncEntryLine);
        if (entry.Error is not null)
        {
            throw new SoledadProtocolException(WireErrors.Find(entry.Error) ?? WireErrors.Generic, "The server reports an error inside the stream.");
        }

        return entry is { Id: not null, Rev: not null, Generation: > 0, TransactionId: not null, Size: null or >= 0 }
            ? entry
            : throw new SoledadProtocolException("An entry lacks id, rev, gen or trans_id.");
    }

    /// <summary>The original sends the content twice, inside the entry and on its own line; one of them is enough, two must agree.</summary>
    private static string? MergeContent(JsonElement inside, string? line)
    {
        try
        {
            switch (inside.ValueKind)
            {
                case JsonValueKind.Undefined:
                    return line;
                case JsonValueKind.Null when line is null:
                    return null;
                case JsonValueKind.String when line is null || inside.ValueEquals(line):
                    // Escaped it may hold what no line can, and whoever is to get it would find a broken stream.
                    return inside.GetString() is { Length: > 0 } text && !text.AsSpan().ContainsAny('\r', '\n')
                        ? text
                        : throw new SoledadProtocolException("The content inside the entry is not one line.");
            }
        }
        catch (InvalidOperationException e)
        {
            throw new SoledadProtocolException("The content inside the entry is no text.", e); // half a surrogate pair, escaped
        }

        throw new SoledadProtocolException("The content inside the entry is not the content on its line.");
    }

    private static string? ReadText(ReadOnlyMemory<byte> line)
    {
        try
        {
            return line.IsEmpty ? null : DocumentContent.Strict.GetString(line.Span);
        }
        catch (DecoderFallbackException e)
        {
            throw new SoledadProtocolException("Content is not UTF-8.", e);
        }
    }

    private static T Deserialize<T>(ReadOnlyMemory<byte> line, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(line.Span, type) ?? throw new SoledadProtocolException("A line is null.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new SoledadProtocolException("A line is not the expected JSON.", e);
        }
    }

    private async Task<T> ReadFirstAsync<T>(JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var open = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
        if (!open.Span.SequenceEqual("["u8))
        {
            throw new SoledadProtocolException("A sync stream begins with [.");
        }

        var line = TakeLine(await ReadLineAsync(cancellationToken).ConfigureAwait(false), isFirst: true);
        if (type == (object)SoledadJson.Default.NewGeneration && Deserialize(line, SyncEntryLineJson.Default.SyncEntryLine).Error is { } error)
        {
            throw new SoledadProtocolException(WireErrors.Find(error) ?? WireErrors.Generic, "The server reports an error inside the stream.");
        }

        return Deserialize(line, type);
    }

    /// <summary>Checks and removes the separator: a comma says that another line follows.</summary>
    private ReadOnlyMemory<byte> TakeLine(ReadOnlyMemory<byte> line, bool isFirst)
    {
        if (!isFirst && !_comma)
        {
            throw new SoledadProtocolException("A comma between two lines is missing.");
        }

        _comma = line.Span.EndsWith((byte)',');
        return _comma ? line[..^1] : line;
    }

    private void Count(SyncEntryLine entry)
    {
        _documents++;
        _announced ??= entry.NumberOfDocs;
        if (_documents > _options.MaxDocuments || entry.NumberOfDocs != _announced || (entry.DocIdx is { } index && index != _documents))
        {
            throw new SoledadProtocolException("The documents of the stream are not numbered as announced.");
        }
    }

    private async Task FinishAsync(CancellationToken cancellationToken)
    {
        if (_comma || (_announced is { } announced && announced != _documents))
        {
            throw new SoledadProtocolException("The stream ends before its last document.");
        }

        while (true)
        {
            var result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
            foreach (var part in result.Buffer)
            {
                if (part.Span.ContainsAnyExcept((byte)'\r', (byte)'\n'))
                {
                    throw new SoledadProtocolException("Something follows the end of the stream.");
                }
            }

            _input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                _done = true;
                return;
            }
        }
    }

    /// <summary>One line without its end (CRLF, or LF); valid until the next call.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> ReadLineAsync(CancellationToken cancellationToken)
    {
        if (_line.Capacity > 1024 * 1024)
        {
            _line = new ArrayBufferWriter<byte>();
        }

        _line.ResetWrittenCount();
        while (true)
        {
            var result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
            var newline = result.Buffer.PositionOf((byte)'\n');
            var part = newline is { } end ? result.Buffer.Slice(0, end) : result.Buffer;
            if (_line.WrittenCount + part.Length > _options.MaxLineOctets)
            {
                throw new SoledadProtocolException("A line of the stream is too long.");
            }

            foreach (var piece in part)
            {
                _line.Write(piece.Span);
            }

            _input.AdvanceTo(newline is { } at ? result.Buffer.GetPosition(1, at) : result.Buffer.End);
            if (newline is not null)
            {
                var line = _line.WrittenMemory;
                return line.Span.EndsWith((byte)'\r') ? line[..^1] : line;
            }

            if (result.IsCompleted)
            {
                _isCut = true;
                return _line.WrittenCount > 0 ? _line.WrittenMemory : throw new SoledadProtocolException("The stream ends without ].");
            }
        }
    }
}
