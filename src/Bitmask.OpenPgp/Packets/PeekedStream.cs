namespace Bitmask.OpenPgp.Packets;

/// <summary>A stream whose beginning can be looked at before it is read.</summary>
internal sealed class PeekedStream(Stream source) : ReadStream
{
    private readonly byte[] _head = new byte[4 * 1024];
    private int _at;
    private int _end = -1;

    /// <summary>The next octets without taking them; empty at the end of the stream.</summary>
    public ReadOnlySpan<byte> Peek()
    {
        if (_end < 0)
        {
            _end = source.ReadAtLeast(_head, _head.Length, throwOnEndOfStream: false);
        }

        return _head.AsSpan(_at, _end - _at);
    }

    public override int Read(Span<byte> buffer)
    {
        if (_at == _end || _end < 0)
        {
            _end = Math.Max(_end, _at);
            return source.Read(buffer);
        }

        var taken = Math.Min(buffer.Length, _end - _at);
        _head.AsSpan(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
    }
}
