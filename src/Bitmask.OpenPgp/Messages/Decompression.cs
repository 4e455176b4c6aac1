using System.IO.Compression;
using Bitmask.OpenPgp.Packets;
using Org.BouncyCastle.Utilities.Bzip2;

namespace Bitmask.OpenPgp.Messages;

/// <summary>Opens a compressed data packet (RFC 9580 §5.6) while it is read, within limits.</summary>
internal sealed class Decompression : ReadStream
{
    // Small things may be as dense as they like.
    private const int FreeOctets = 1024 * 1024;

    private readonly CountedStream _source;
    private readonly MessageLimits _limits;
    private readonly Stream _opened;
    private long _count;

    public Decompression(Stream body, MessageLimits limits)
    {
        var algorithm = body.ReadByte();
        _limits = limits;
        _source = new CountedStream(body);
        _opened = Guarded<Stream>(() => algorithm switch
        {
            0 => _source,
            1 => new DeflateStream(_source, CompressionMode.Decompress),
            2 => new ZLibStream(_source, CompressionMode.Decompress),
            3 => new CBZip2InputStream(new BufferedStream(_source, 16 * 1024)),
            < 0 => throw new OpenPgpFormatException("A compressed packet is empty."),
            var other => throw new OpenPgpFormatException($"Compression method {other} is not supported."),
        });
    }

    public override int Read(Span<byte> buffer)
    {
        var array = buffer.Length > 0 ? new byte[Math.Min(buffer.Length, 64 * 1024)] : [];
        var read = Guarded(() => _opened.Read(array));
        array.AsSpan(0, read).CopyTo(buffer);
        _count += read;
        return _count <= Math.Min(_limits.MaxPlaintextOctets + FreeOctets, Math.Max(FreeOctets, _source.Count * _limits.MaxCompressionRatio))
            ? read
            : throw new OpenPgpFormatException("The compressed data becomes larger than the limits allow.");
    }

    protected override void Dispose(bool disposing)
    {
        _opened?.Dispose();
        base.Dispose(disposing);
    }

    private static T Guarded<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (OpenPgpFormatException or OutOfMemoryException))
        {
            // The reader of bzip2 answers damage with whatever it stumbles over, at its first octet already.
            throw new OpenPgpFormatException("The compressed data is damaged.", e);
        }
    }

    private sealed class CountedStream(Stream source) : ReadStream
    {
        public long Count { get; private set; }

        public override int Read(Span<byte> buffer)
        {
            var read = source.Read(buffer);
            Count += read;
            return read;
        }
    }
}
