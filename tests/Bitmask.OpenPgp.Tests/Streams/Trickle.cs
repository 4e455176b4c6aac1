using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Tests.Streams;

/// <summary>Octets that come few at a time, as from a slow line.</summary>
internal sealed class Trickle(byte[] octets, int piece) : ReadStream
{
    private int _at;

    public override int Read(Span<byte> buffer)
    {
        var taken = Math.Min(Math.Min(piece, buffer.Length), octets.Length - _at);
        octets.AsSpan(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
    }
}
