using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Bitmask.Protocol.Keys;

/// <summary>Builds associated data of authenticated encryption: fields, each with its length before it as u16 big-endian, so that no two lists give the same octets.</summary>
public sealed class AssociatedData
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Adds octets, at most 65535.</summary>
    public AssociatedData Add(ReadOnlySpan<byte> field)
    {
        if (field.Length > ushort.MaxValue)
        {
            throw new ArgumentException("A field of associated data is too long.", nameof(field));
        }

        BinaryPrimitives.WriteUInt16BigEndian(_bytes.GetSpan(2), (ushort)field.Length);
        _bytes.Advance(2);
        _bytes.Write(field);
        return this;
    }

    /// <summary>Adds a text as UTF-8.</summary>
    public AssociatedData Add(string field) => Add(Encoding.UTF8.GetBytes(field));

    /// <summary>Adds a number as u64 big-endian.</summary>
    public AssociatedData Add(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return Add(bytes);
    }

    /// <summary>The octets so far.</summary>
    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}
