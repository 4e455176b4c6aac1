using System.Buffers.Binary;

namespace Bitmask.Sqlite;

/// <summary>
/// Which page of a damaged file belongs to which tree. A page that can not be read takes all below it out of reach; those pages lie alone then, and are told from free ones by the list of free
/// pages.
/// </summary>
internal sealed class PageForest
{
    private const int FreeListPlace = 32;
    private const int MaxDepth = 64;
    private const int FirstTrunkEntries = 8;

    private readonly CipherPages _pages;
    private readonly HashSet<uint> _known = [];
    private readonly Dictionary<uint, int> _lost = [];

    public PageForest(CipherPages pages)
    {
        _pages = pages;
        IsFreeListKnown = TryReadFreeList();
    }

    /// <summary>Whether every free page is known: what is in them is old, and must not come back.</summary>
    public bool IsFreeListKnown { get; }

    /// <summary>Walks through a tree and takes its pages as known. Answers how many of its pages can not be read.</summary>
    public int Claim(uint root)
    {
        if (_lost.TryGetValue(root, out var before))
        {
            return before;
        }

        var lost = 0;
        var waiting = new Stack<(uint Page, int Depth)>([(root, 0)]);
        while (waiting.TryPop(out var next))
        {
            if (!_known.Add(next.Page))
            {
                continue;
            }

            if (_pages.Read(next.Page) is not { } octets || new TreePage(next.Page, octets) is not { Kind: not TreePageKind.None } page)
            {
                lost++;
            }
            else if (next.Depth < MaxDepth)
            {
                foreach (var child in ChildrenOf(page))
                {
                    waiting.Push((child, next.Depth + 1));
                }
            }
        }

        return _lost[root] = lost;
    }

    /// <summary>The rows of a tree, as far as they can be read; a null is a row that can not.</summary>
    public IEnumerable<(long RowId, SqlValue[] Values)?> Rows(uint root)
    {
        var seen = new HashSet<uint>();
        var waiting = new Stack<uint>([root]);
        while (waiting.TryPop(out var number))
        {
            if (!seen.Add(number) || _pages.Read(number) is not { } octets)
            {
                continue;
            }

            var page = new TreePage(number, octets);
            foreach (var child in ChildrenOf(page).Reverse())
            {
                waiting.Push(child);
            }

            foreach (var row in RowsOf(page))
            {
                yield return row;
            }
        }
    }

    /// <summary>The uppermost pages of tables that no known tree leads to.</summary>
    public IReadOnlyList<uint> Strays()
    {
        // Numbers only: together the pages may be larger than the memory.
        var (strays, below) = (new HashSet<uint>(), new HashSet<uint>());
        for (var number = 2U; number <= _pages.Count; number++)
        {
            if (!_known.Contains(number) && _pages.Read(number) is { } octets && new TreePage(number, octets) is { IsTable: true } page)
            {
                strays.Add(number);
                below.UnionWith(ChildrenOf(page));
            }
        }

        return [.. strays.Where(number => !below.Contains(number)).Order()];
    }

    private static IReadOnlyList<uint> ChildrenOf(TreePage page)
    {
        try
        {
            return [.. page.Children()];
        }
        catch (Exception e) when (IsMalformed(e))
        {
            return [];
        }
    }

    private static bool IsMalformed(Exception e) => e is InvalidDataException or IndexOutOfRangeException or ArgumentException;

    private List<(long RowId, SqlValue[] Values)?> RowsOf(TreePage page)
    {
        var rows = new List<(long, SqlValue[])?>();
        try
        {
            foreach (var cell in page.Rows())
            {
                rows.Add(Whole(cell) is { } record ? (cell.RowId, RecordValues.Read(record)) : null);
            }
        }
        catch (Exception e) when (IsMalformed(e))
        {
            rows.Add(null); // the page is authentic, but nothing that SQLite writes
        }

        return rows;
    }

    private ReadOnlyMemory<byte>? Whole(TreeCell cell)
    {
        if (cell.Local.Length == cell.Length)
        {
            return cell.Local;
        }

        if ((cell.Length / CipherPages.UsableOctets) > _pages.Count)
        {
            return null;
        }

        var whole = new byte[cell.Length];
        cell.Local.CopyTo(whole);
        var next = cell.Overflow;
        for (var at = cell.Local.Length; at < whole.Length;)
        {
            if (_pages.Read(next) is not { } octets)
            {
                return null;
            }

            next = BinaryPrimitives.ReadUInt32BigEndian(octets);
            var some = octets.AsSpan(sizeof(uint), Math.Min(octets.Length - sizeof(uint), whole.Length - at));
            some.CopyTo(whole.AsSpan(at));
            at += some.Length;
        }

        return whole;
    }

    private bool TryReadFreeList()
    {
        if (_pages.Read(1) is not { } first)
        {
            return false;
        }

        for (var trunk = BinaryPrimitives.ReadUInt32BigEndian(first.AsSpan(FreeListPlace)); trunk != 0;)
        {
            if (!_known.Add(trunk) || _pages.Read(trunk) is not { } octets)
            {
                return false;
            }

            var count = BinaryPrimitives.ReadUInt32BigEndian(octets.AsSpan(sizeof(uint)));
            for (var i = 0; i < Math.Min(count, (uint)((octets.Length - FirstTrunkEntries) / sizeof(uint))); i++)
            {
                _known.Add(BinaryPrimitives.ReadUInt32BigEndian(octets.AsSpan(FirstTrunkEntries + (i * sizeof(uint)))));
            }

            trunk = BinaryPrimitives.ReadUInt32BigEndian(octets);
        }

        return true;
    }
}
