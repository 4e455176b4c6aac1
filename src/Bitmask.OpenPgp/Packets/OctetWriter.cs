using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Packets;

/// <summary>Collects octets; what held secrets is wiped with <see cref="Dispose"/>, growth included.</summary>
internal sealed class OctetWriter(int capacity = 256) : IDisposable
{
    private byte[] _octets = new byte[capacity];
    private int _length;

    public ReadOnlySpan<byte> Written => _octets.AsSpan(0, _length);

    public OctetWriter Octet(int value)
    {
        Reserve(1)[0] = (byte)value;
        return this;
    }

    public OctetWriter UInt16(int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(Reserve(2), checked((ushort)value));
        return this;
    }

    public OctetWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32BigEndian(Reserve(4), value);
        return this;
    }

    public OctetWriter Time(DateTimeOffset time) => UInt32(checked((uint)time.ToUnixTimeSeconds()));

    public OctetWriter Octets(ReadOnlySpan<byte> octets)
    {
        octets.CopyTo(Reserve(octets.Length));
        return this;
    }

    /// <summary>A multiprecision integer; leading zero octets are left out.</summary>
    public OctetWriter Mpi(ReadOnlySpan<byte> number)
    {
        number = number.TrimStart((byte)0);
        var bits = number.IsEmpty ? 0 : (number.Length * 8) - System.Numerics.BitOperations.LeadingZeroCount((uint)number[0]) + 24;
        return UInt16(bits).Octets(number);
    }

    /// <summary>A whole packet in the present format (RFC 9580 §4.2.1).</summary>
    public OctetWriter Packet(PacketTag tag, ReadOnlySpan<byte> body) => Header(tag, body.Length).Octets(body);

    /// <summary>A packet header for a body of <paramref name="length"/> octets.</summary>
    public OctetWriter Header(PacketTag tag, int length) => Octet(0xC0 | (int)tag).Length(length);

    /// <summary>A length as packets and signature subpackets write it (RFC 9580 §4.2.1, §5.2.3.7).</summary>
    public OctetWriter Length(int length) => length switch
    {
        < 192 => Octet(length),
        < 8384 => Octet(((length - 192) >> 8) + 192).Octet(length - 192),
        _ => Octet(255).UInt32((uint)length),
    };

    public byte[] ToArray() => Written.ToArray();

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_octets);
        _length = 0;
    }

    private Span<byte> Reserve(int count)
    {
        if (_octets.Length - _length < count)
        {
            var larger = new byte[Math.Max(checked(_length + count), (int)Math.Min(_octets.Length * 2L, Array.MaxLength))];
            Written.CopyTo(larger);
            CryptographicOperations.ZeroMemory(_octets);
            _octets = larger;
        }

        var reserved = _octets.AsSpan(_length, count);
        _length += count;
        return reserved;
    }
}
