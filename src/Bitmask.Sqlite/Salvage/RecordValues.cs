using System.Buffers.Binary;
using System.Text;

namespace Bitmask.Sqlite;

/// <summary>Reads a row's octets as values.</summary>
internal static class RecordValues
{
    private const int FirstOfOctets = 12;

    private static readonly int[] Sizes = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0];

    /// <exception cref="InvalidDataException">It is no row.</exception>
    public static SqlValue[] Read(ReadOnlyMemory<byte> record)
    {
        var octets = record.Span;
        var at = 0;
        var body = (int)Varint.Read(octets, ref at);
        var end = body;
        var values = new List<SqlValue>();
        while (at < end)
        {
            var type = Varint.Read(octets, ref at);
            var size = type >= FirstOfOctets ? (type - FirstOfOctets) / 2 : type is >= 0 and < 10 ? Sizes[type] : throw new InvalidDataException("A value is of no known kind.");
            if (size > octets.Length - body)
            {
                throw new InvalidDataException("A value is longer than its row.");
            }

            values.Add(Value(type, record.Slice(body, (int)size)));
            body += (int)size;
        }

        return [.. values];
    }

    private static SqlValue Value(long type, ReadOnlyMemory<byte> octets) => type switch
    {
        0 => SqlValue.Null,
        7 => BinaryPrimitives.ReadDoubleBigEndian(octets.Span),
        8 => 0L,
        9 => 1L,
        < 7 => Integer(octets.Span),
        _ when type % 2 == 0 => octets,
        _ => Encoding.UTF8.GetString(octets.Span),
    };

    private static long Integer(ReadOnlySpan<byte> octets)
    {
        long value = (sbyte)octets[0];
        foreach (var octet in octets[1..])
        {
            value = (value << 8) | octet;
        }

        return value;
    }
}
