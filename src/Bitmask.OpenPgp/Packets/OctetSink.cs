namespace Bitmask.OpenPgp.Packets;

/// <summary>Takes what a stream writes into one array that is seldom copied: it is made as long as the result will be.</summary>
internal sealed class OctetSink(int capacity) : WriteStream
{
    private byte[] _octets = new byte[Math.Max(256, capacity)];
    private int _length;

    public ReadOnlyMemory<byte> Written => _octets.AsMemory(0, _length);

    public override long Length => _length;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_octets.Length - _length < buffer.Length)
        {
            Array.Resize(ref _octets, (int)Math.Max(checked(_length + buffer.Length), Math.Min(_octets.Length * 2L, Array.MaxLength)));
        }

        buffer.CopyTo(_octets.AsSpan(_length));
        _length += buffer.Length;
    }

    public override void Complete()
    {
    }

    /// <summary>The octets; the array is given away.</summary>
    public byte[] ToArray()
    {
        Array.Resize(ref _octets, _length);
        return _octets;
    }
}
