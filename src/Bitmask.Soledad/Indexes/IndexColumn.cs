namespace Bitmask.Soledad;

/// <summary>One end of the values wanted of a column.</summary>
internal enum IndexBound
{
    None,
    Equal,
    AtLeast,
    AtMost,
    Below,
}

/// <summary>Which values of one column are wanted.</summary>
internal sealed record IndexColumn(string? Low, IndexBound LowBound, string? High, IndexBound HighBound)
{
    private const int LastCodePoint = 0x10ffff;

    /// <summary>Every value.</summary>
    public static IndexColumn Any { get; } = new(null, IndexBound.None, null, IndexBound.None);

    /// <summary>Reads the values of a query: <c>*</c> for any, <c>text*</c> for a prefix, everything else as it is.</summary>
    public static IReadOnlyList<IndexColumn> Matching(IReadOnlyList<string> values)
    {
        CheckWildcards(values);
        return [.. values.Select(static value => IsAny(value) ? Any
            : IsPrefix(value) ? Between(value, value)
            : new IndexColumn(value, IndexBound.Equal, null, IndexBound.None))];
    }

    /// <summary>Reads the bounds of a range query, each column on its own; null for no bounds at that end.</summary>
    public static IReadOnlyList<IndexColumn>? Ranges(IReadOnlyList<string>? start, IReadOnlyList<string>? end)
    {
        CheckWildcards(start ?? []);
        CheckWildcards(end ?? []);
        if (start is not null && end is not null && start.Count != end.Count)
        {
            throw new IndexQueryException($"The range begins with {start.Count} columns and ends with {end.Count}.");
        }

        return start is null && end is null ? null : [.. Enumerable.Range(0, (start ?? end)!.Count).Select(i => Between(start?[i], end?[i]))];
    }

    private static IndexColumn Between(string? start, string? end)
    {
        var (low, lowBound) = start is null || IsAny(start) ? (null, IndexBound.None) : (IsPrefix(start) ? start[..^1] : start, IndexBound.AtLeast);
        if (end is null || IsAny(end))
        {
            return new IndexColumn(low, lowBound, null, IndexBound.None);
        }

        return !IsPrefix(end) ? new IndexColumn(low, lowBound, end, IndexBound.AtMost)
            : AfterPrefix(end[..^1]) is { } after ? new IndexColumn(low, lowBound, after, IndexBound.Below)
            : new IndexColumn(low, lowBound, null, IndexBound.None);
    }

    private static bool IsAny(string value) => value == "*";

    private static bool IsPrefix(string value) => value.EndsWith('*');

    private static void CheckWildcards(IReadOnlyList<string> values)
    {
        var wild = false;
        foreach (var value in values)
        {
            if (wild && !IsAny(value))
            {
                throw new IndexQueryException("After a wildcard only * may follow.");
            }

            wild |= IsPrefix(value);
        }
    }

    /// <summary>The first text after all that begin with a prefix, as SQLite orders texts: by code point. Null when there is none.</summary>
    private static string? AfterPrefix(string prefix)
    {
        var runes = prefix.EnumerateRunes().ToList();
        while (runes.Count > 0 && runes[^1].Value == LastCodePoint)
        {
            runes.RemoveAt(runes.Count - 1);
        }

        if (runes.Count == 0)
        {
            return null;
        }

        var next = runes[^1].Value + 1;
        runes[^1] = new System.Text.Rune(next == 0xd800 ? 0xe000 : next);
        return string.Concat(runes);
    }
}
