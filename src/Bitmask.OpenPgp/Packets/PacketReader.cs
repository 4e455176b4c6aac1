using System.Buffers.Binary;

namespace Bitmask.OpenPgp.Packets;

/// <summary>Splits octets into packets, both header formats (RFC 9580 §4.2); whole bodies only.</summary>
internal static class PacketReader
{
    public static List<Packet> ReadAll(ReadOnlyMemory<byte> octets, int maxPackets)
    {
        var packets = new List<Packet>();
        while (!octets.IsEmpty)
        {
            if (packets.Count == maxPackets)
            {
                throw new OpenPgpFormatException($"There are more than {maxPackets} packets.");
            }

            packets.Add(ReadOne(ref octets));
        }

        return packets;
    }

    private static Packet ReadOne(ref ReadOnlyMemory<byte> octets)
    {
        var first = octets.Span[0];
        if ((first & 0x80) == 0)
        {
            throw new OpenPgpFormatException("A packet header was expected.");
        }

        octets = octets[1..];
        if ((first & 0x40) != 0)
        {
            var tag = (PacketTag)(first & 0x3F);
            return new Packet(tag, ReadPresentBody(ref octets, tag));
        }

        var legacyTag = (PacketTag)((first >> 2) & 0x0F);
        return new Packet(legacyTag, ReadLegacyBody(ref octets, legacyTag, first & 0x03));
    }

    private static ReadOnlyMemory<byte> ReadLegacyBody(ref ReadOnlyMemory<byte> octets, PacketTag tag, int lengthType)
    {
        if (lengthType == 3)
        {
            RequireStream(tag);
            return Take(ref octets, octets.Length);
        }

        var width = 1 << lengthType;
        var length = Take(ref octets, width).Span;
        var value = width switch { 1 => length[0], 2 => BinaryPrimitives.ReadUInt16BigEndian(length), _ => BinaryPrimitives.ReadUInt32BigEndian(length) };
        return Take(ref octets, value);
    }

    private static ReadOnlyMemory<byte> ReadPresentBody(ref ReadOnlyMemory<byte> octets, PacketTag tag)
    {
        var body = ReadChunk(ref octets, out var isPartial);
        if (!isPartial)
        {
            return body;
        }

        RequireStream(tag);
        using var whole = new MemoryStream(capacity: octets.Length + body.Length);
        whole.Write(body.Span);
        while (isPartial)
        {
            whole.Write(ReadChunk(ref octets, out isPartial).Span);
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }

    private static ReadOnlyMemory<byte> ReadChunk(ref ReadOnlyMemory<byte> octets, out bool isPartial)
    {
        var first = Take(ref octets, 1).Span[0];
        isPartial = first is >= 224 and < 255;
        return first switch
        {
            < 192 => Take(ref octets, first),
            < 224 => Take(ref octets, ((first - 192) << 8) + Take(ref octets, 1).Span[0] + 192),
            255 => Take(ref octets, BinaryPrimitives.ReadUInt32BigEndian(Take(ref octets, 4).Span)),
            _ => Take(ref octets, 1L << (first & 0x1F)),
        };
    }

    private static ReadOnlyMemory<byte> Take(ref ReadOnlyMemory<byte> octets, long count)
    {
        if (count > octets.Length)
        {
            throw new OpenPgpFormatException("The data ends in the middle of a packet.");
        }

        var taken = octets[..(int)count];
        octets = octets[(int)count..];
        return taken;
    }

    // Only data packets may come in pieces or without a length (RFC 9580 §4.2.1.4).
    private static void RequireStream(PacketTag tag)
    {
        if (tag is not (PacketTag.Literal or PacketTag.Compressed or PacketTag.SymmetricallyEncrypted or PacketTag.IntegrityProtected))
        {
            throw new OpenPgpFormatException("A packet that must have a length has none.");
        }
    }
}
