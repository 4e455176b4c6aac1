namespace Bitmask.OpenPgp.Packets;

/// <summary>Reads a text line by line; what is longer than <see cref="MaxLine"/> comes in pieces.</summary>
internal sealed class LineInput(Stream source)
{
    public const int MaxLine = 8 * 1024;

    private readonly byte[] _buffer = new byte[8 * MaxLine];
    private int _at;
    private int _end;
    private bool _isAfterWholeLine = true;

    /// <summary>Whether the piece read last is the beginning of its line.</summary>
    public bool IsAtLineStart { get; private set; } = true;

    /// <summary>Whether the piece read last is the end of its line, and there was a line end.</summary>
    public bool IsWholeLine => _isAfterWholeLine;

    /// <summary>The next line or piece without the LF at its end; good until the next call.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        IsAtLineStart = _isAfterWholeLine;
        var seen = 0;
        while (true)
        {
            var end = _buffer.AsSpan(_at + seen, _end - _at - seen).IndexOf((byte)'\n');
            if (end >= 0 && seen + end <= MaxLine)
            {
                line = Take(seen + end);
                _at++;
                _isAfterWholeLine = true;
                return true;
            }

            seen = _end - _at;
            if (seen >= MaxLine || !Fill())
            {
                line = Take(Math.Min(seen, MaxLine));
                _isAfterWholeLine = false;
                return !line.IsEmpty;
            }
        }
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _buffer.AsSpan(_at, count);
        _at += count;
        return taken;
    }

    private bool Fill()
    {
        if (_at > 0)
        {
            _buffer.AsSpan(_at, _end - _at).CopyTo(_buffer);
            (_at, _end) = (0, _end - _at);
        }

        var read = source.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
