using System.Buffers.Binary;

namespace Bitmask.Sqlite;

/// <summary>What a page of a tree is, by its first octet.</summary>
internal enum TreePageKind
{
    None = 0,
    IndexInterior = 2,
    TableInterior = 5,
    IndexLeaf = 10,
    TableLeaf = 13,
}

/// <summary>One page of a tree of SQLite's file format: its cells and the pages below it.</summary>
internal readonly struct TreePage
{
    private const int FirstPageHeader = 100;
    private const int LeafHeader = 8;
    private const int InteriorHeader = 12;

    private readonly byte[] _octets;
    private readonly int _start;

    public TreePage(uint number, byte[] octets)
    {
        (_octets, _start) = (octets, number == 1 ? FirstPageHeader : 0);
        Kind = octets[_start] is 2 or 5 or 10 or 13 ? (TreePageKind)octets[_start] : TreePageKind.None;
    }

    public TreePageKind Kind { get; }

    public bool IsTable => Kind is TreePageKind.TableLeaf or TreePageKind.TableInterior;

    public bool IsInterior => Kind is TreePageKind.TableInterior or TreePageKind.IndexInterior;

    public int CellCount => BinaryPrimitives.ReadUInt16BigEndian(_octets.AsSpan(_start + 3));

    /// <summary>The pages below, in order.</summary>
    public IEnumerable<uint> Children()
    {
        if (!IsInterior)
        {
            yield break;
        }

        for (var i = 0; i < CellCount; i++)
        {
            yield return BinaryPrimitives.ReadUInt32BigEndian(_octets.AsSpan(Cell(i)));
        }

        yield return BinaryPrimitives.ReadUInt32BigEndian(_octets.AsSpan(_start + LeafHeader));
    }

    /// <summary>The rows in this page itself: a table has them in its leaves, an index (and a table without row ids) in all pages.</summary>
    public IEnumerable<TreeCell> Rows()
    {
        for (var i = 0; Kind != TreePageKind.TableInterior && i < CellCount; i++)
        {
            var at = Cell(i) + (IsInterior ? sizeof(uint) : 0);
            var length = Varint.Read(_octets, ref at);
            var rowId = Kind == TreePageKind.TableLeaf ? Varint.Read(_octets, ref at) : 0;
            if (length is < 0 or > int.MaxValue)
            {
                throw new InvalidDataException("A row is longer than any can be.");
            }

            var local = TreeCell.LocalOctets((int)length, IsTable);
            var next = local < length ? BinaryPrimitives.ReadUInt32BigEndian(_octets.AsSpan(at + local)) : 0;
            yield return new TreeCell(rowId, (int)length, _octets.AsMemory(at, local), next);
        }
    }

    private int Cell(int index) => BinaryPrimitives.ReadUInt16BigEndian(_octets.AsSpan(_start + (IsInterior ? InteriorHeader : LeafHeader) + (2 * index)));
}

/// <summary>A row as its page has it: the beginning of its octets, and the page where they go on.</summary>
internal readonly record struct TreeCell(long RowId, int Length, ReadOnlyMemory<byte> Local, uint Overflow)
{
    private const int Usable = CipherPages.UsableOctets;

    /// <summary>How much of a row is in the page itself.</summary>
    public static int LocalOctets(int length, bool isTable)
    {
        var most = isTable ? Usable - 35 : ((Usable - 12) * 64 / 255) - 23;
        var least = ((Usable - 12) * 32 / 255) - 23;
        var fitting = least + ((length - least) % (Usable - 4));
        return length <= most ? length : fitting <= most ? fitting : least;
    }
}

/// <summary>SQLite's numbers of one to nine octets.</summary>
internal static class Varint
{
    private const int Longest = 9;

    public static long Read(ReadOnlySpan<byte> octets, ref int at)
    {
        ulong value = 0;
        for (var i = 1; i < Longest; i++)
        {
            var octet = octets[at++];
            value = (value << 7) | (octet & 0x7fU);
            if (octet < 0x80)
            {
                return (long)value;
            }
        }

        return (long)((value << 8) | octets[at++]);
    }
}
