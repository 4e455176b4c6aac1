using System.Buffers.Binary;

namespace Bitmask.OpenPgp.Packets;

/// <summary>
/// Reads packets out of a stream, both header formats (RFC 9580 §4.2): short bodies as a whole, those of data packets as a stream of their own,
/// in whatever pieces they come.
/// </summary>
internal sealed class PacketInput(Stream source, int maxPackets) : IDisposable
{
    private const int BufferOctets = 32 * 1024;

    private readonly PooledOctets _buffer = new(BufferOctets);
    private int _at;
    private int _end;
    private int _count;
    private long _left;
    private bool _isPartial;
    private bool _isWithoutLength;

    /// <summary>The body of the packet whose header was read last, or what is left of it.</summary>
    public Stream Body { get; private set; } = Stream.Null;

    /// <summary>Gives the buffer back; nothing is read any more, and the stream below stays as it is.</summary>
    public void Dispose() => _buffer.Dispose();

    /// <summary>Reads the next header; what was left of the packet before is passed over. False at the end of the data.</summary>
    public bool TryReadHeader(out PacketTag tag)
    {
        tag = default;
        Skip();
        if (!Fill())
        {
            return false;
        }

        var first = _buffer.Span[_at++];
        if ((first & 0x80) == 0)
        {
            throw new OpenPgpFormatException("A packet header was expected.");
        }

        if (++_count > maxPackets)
        {
            throw new OpenPgpFormatException($"There are more than {maxPackets} packets.");
        }

        if ((first & 0x40) != 0)
        {
            tag = (PacketTag)(first & 0x3F);
            ReadLength();
        }
        else
        {
            tag = (PacketTag)((first >> 2) & 0x0F);
            ReadLegacyLength(first & 0x03);
        }

        if ((_isPartial || _isWithoutLength) && !MayBeStreamed(tag))
        {
            throw new OpenPgpFormatException("A packet that must have a length has none.");
        }

        Body = new BodyStream(this);
        return true;
    }

    /// <summary>The rest of the body, when it is no longer than <paramref name="maxOctets"/>.</summary>
    public byte[] ReadBody(int maxOctets)
    {
        if (_left > maxOctets)
        {
            throw new OpenPgpFormatException("A packet is larger than the limits allow.");
        }

        var body = new byte[_isWithoutLength || _isPartial ? maxOctets + 1 : (int)_left];
        var read = Body.ReadAtLeast(body, body.Length, throwOnEndOfStream: false);
        return read <= maxOctets ? body[..read] : throw new OpenPgpFormatException("A packet is larger than the limits allow.");
    }

    /// <summary>Passes over the rest of the body.</summary>
    public void Skip()
    {
        var nowhere = new byte[_left > 0 || _isPartial ? BufferOctets : 0];
        while (nowhere.Length > 0 && ReadBody(nowhere.AsSpan()) > 0)
        {
        }
    }

    // Only data packets may come in pieces or without a length (RFC 9580 §4.2.1.4).
    private static bool MayBeStreamed(PacketTag tag)
        => tag is PacketTag.Literal or PacketTag.Compressed or PacketTag.SymmetricallyEncrypted or PacketTag.IntegrityProtected or PacketTag.AeadEncrypted;

    private int ReadBody(Span<byte> into)
    {
        while (_left == 0)
        {
            if (!_isPartial)
            {
                return 0;
            }

            ReadLength();
        }

        var most = (int)Math.Min(into.Length, _left);
        int read;
        if (_at < _end)
        {
            read = Math.Min(most, _end - _at);
            _buffer.Span.Slice(_at, read).CopyTo(into);
            _at += read;
        }
        else if (most >= BufferOctets)
        {
            read = source.Read(into[..most]);
        }
        else
        {
            return most > 0 && Fill() ? ReadBody(into) : Ended(most);
        }

        _left -= _isWithoutLength ? 0 : read;
        return read > 0 ? read : Ended(most);
    }

    private int Ended(int wanted)
    {
        if (!_isWithoutLength && wanted > 0)
        {
            throw new OpenPgpFormatException("The data ends in the middle of a packet.");
        }

        return 0;
    }

    private void ReadLength()
    {
        var first = Octet();
        _isPartial = first is >= 224 and < 255;
        _isWithoutLength = false;
        _left = first switch
        {
            < 192 => first,
            < 224 => ((first - 192) << 8) + Octet() + 192,
            255 => Number(4),
            _ => 1L << (first & 0x1F),
        };
    }

    private void ReadLegacyLength(int lengthType)
    {
        _isPartial = false;
        _isWithoutLength = lengthType == 3;
        _left = _isWithoutLength ? long.MaxValue : Number(1 << lengthType);
    }

    private uint Number(int width)
    {
        Span<byte> octets = stackalloc byte[4];
        octets.Clear();
        for (var i = 4 - width; i < 4; i++)
        {
            octets[i] = Octet();
        }

        return BinaryPrimitives.ReadUInt32BigEndian(octets);
    }

    private byte Octet() => Fill() ? _buffer.Span[_at++] : throw new OpenPgpFormatException("The data ends in the middle of a packet.");

    private bool Fill()
    {
        if (_at < _end)
        {
            return true;
        }

        (_at, _end) = (0, source.Read(_buffer.Span));
        return _end > 0;
    }

    private sealed class BodyStream(PacketInput input) : ReadStream
    {
        public override int Read(Span<byte> buffer) => buffer.IsEmpty || input.Body != this ? 0 : input.ReadBody(buffer);
    }
}
