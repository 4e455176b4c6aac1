using System.Buffers.Binary;

namespace Bitmask.OpenPgp.Packets;

/// <summary>A cursor over the body of a packet; reading past its end is a format error.</summary>
internal ref struct OctetReader(ReadOnlySpan<byte> octets)
{
    private readonly ReadOnlySpan<byte> _octets = octets;

    public int Position { get; private set; }

    public readonly int Remaining => _octets.Length - Position;

    public readonly ReadOnlySpan<byte> Rest => _octets[Position..];

    public byte Octet() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public DateTimeOffset Time() => DateTimeOffset.FromUnixTimeSeconds(UInt32());

    public ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > Remaining)
        {
            throw new OpenPgpFormatException("A packet ends too early.");
        }

        var taken = _octets.Slice(Position, count);
        Position += count;
        return taken;
    }

    /// <summary>A multiprecision integer without leading zero octets (RFC 9580 §3.2).</summary>
    public ReadOnlySpan<byte> Mpi()
    {
        var bits = UInt16();
        return Take((bits + 7) / 8).TrimStart((byte)0);
    }
}
