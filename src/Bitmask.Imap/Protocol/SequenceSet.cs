using System.Globalization;
using System.Text;

namespace Bitmask.Imap.Protocol;

/// <summary>A range as written; 0 stands for <c>*</c>, the largest number in use.</summary>
/// <param name="First">One end.</param>
/// <param name="Last">The other end, larger or smaller or equal.</param>
internal readonly record struct SequenceRange(uint First, uint Last);

/// <summary>sequence-set (RFC 3501 §9): message sequence numbers or UIDs.</summary>
internal sealed record SequenceSet(IReadOnlyList<SequenceRange> Ranges)
{
    /// <summary><c>*</c> in a range.</summary>
    public const uint Star = 0;

    /// <summary>Reads a set.</summary>
    public static SequenceSet Parse(CommandScanner scanner)
    {
        var ranges = new List<SequenceRange>();
        do
        {
            var first = Value(scanner);
            ranges.Add(new SequenceRange(first, scanner.TryTake((byte)':') ? Value(scanner) : first));
        }
        while (scanner.TryTake((byte)','));
        return new SequenceSet(ranges);
    }

    /// <summary>
    /// The ranges with <c>*</c> filled in as <paramref name="largest"/>, each from small to large, sorted, overlaps joined.
    /// </summary>
    public List<SequenceRange> Resolve(uint largest)
    {
        var sorted = new List<SequenceRange>(Ranges.Count);
        foreach (var range in Ranges)
        {
            var (a, b) = (range.First == Star ? largest : range.First, range.Last == Star ? largest : range.Last);
            sorted.Add(a <= b ? new SequenceRange(a, b) : new SequenceRange(b, a));
        }

        sorted.Sort(static (a, b) => a.First.CompareTo(b.First));
        var joined = new List<SequenceRange>();
        foreach (var range in sorted)
        {
            if (joined.Count > 0 && range.First <= (ulong)joined[^1].Last + 1)
            {
                joined[^1] = joined[^1] with { Last = Math.Max(joined[^1].Last, range.Last) };
            }
            else
            {
                joined.Add(range);
            }
        }

        return joined;
    }

    /// <summary>The largest number written, 0 when there are only stars.</summary>
    public uint LargestWritten => Ranges.Max(static r => Math.Max(r.First, r.Last));

    /// <summary>Writes ascending numbers as a compact set, as APPENDUID and COPYUID carry it (RFC 4315 §4).</summary>
    public static string Write(IEnumerable<uint> ascending)
    {
        var text = new StringBuilder();
        (uint First, uint Last)? run = null;
        foreach (var n in ascending)
        {
            if (run is { } r && n == r.Last + 1)
            {
                run = (r.First, n);
                continue;
            }

            Flush();
            run = (n, n);
        }

        Flush();
        return text.ToString();

        void Flush()
        {
            if (run is { } r)
            {
                text.Append(text.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{r.First}");
                if (r.Last != r.First)
                {
                    text.Append(CultureInfo.InvariantCulture, $":{r.Last}");
                }
            }
        }
    }

    /// <inheritdoc/>
    public override string ToString()
        => string.Join(',', Ranges.Select(static r => r.First == r.Last ? Text(r.First) : $"{Text(r.First)}:{Text(r.Last)}"));

    private static uint Value(CommandScanner scanner) => scanner.TryTake((byte)'*') ? Star : scanner.NonZeroNumber();

    private static string Text(uint n) => n == Star ? "*" : n.ToString(CultureInfo.InvariantCulture);
}
