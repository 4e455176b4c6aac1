namespace Bitmask.Imap.Protocol;

/// <summary>partial-range (RFC 9394 §4): results counted from the oldest, or with a minus from the newest.</summary>
/// <param name="First">One end, from 1.</param>
/// <param name="Last">The other end, larger or smaller or equal.</param>
/// <param name="FromEnd">Counted from the newest.</param>
internal readonly record struct PartialRange(uint First, uint Last, bool FromEnd)
{
    /// <summary>Reads a space and the range.</summary>
    public static PartialRange Parse(CommandScanner scanner)
    {
        scanner.Space();
        var fromEnd = scanner.TryTake((byte)'-');
        var first = scanner.NonZeroNumber();
        scanner.Expect((byte)':');
        if (fromEnd)
        {
            scanner.Expect((byte)'-');
        }

        return new PartialRange(first, scanner.NonZeroNumber(), fromEnd);
    }

    /// <summary>Those of the results, in their order, that are in the range.</summary>
    public List<int> Of(List<int> results)
    {
        var low = (int)Math.Min(Math.Min(First, Last) - 1, results.Count);
        var high = (int)Math.Min(Math.Max(First, Last), results.Count);
        return FromEnd ? results[(results.Count - high)..(results.Count - low)] : results[low..high];
    }

    /// <inheritdoc/>
    public override string ToString() => FromEnd ? $"-{First}:-{Last}" : $"{First}:{Last}";
}
