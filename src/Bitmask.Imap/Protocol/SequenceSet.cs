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

    /// <summary><c>$</c>: the saved result of a SEARCH (RFC 5182 §2.1); only a selected mailbox can tell what it holds.</summary>
    public static SequenceSet Saved { get; } = new([]);

    /// <summary>Whether this is <c>$</c>.</summary>
    public bool IsSaved => Ranges.Count == 0;

    /// <summary>Whether <c>*</c> is in it.</summary>
    public bool HasStar => Ranges.Any(static r => r.First == Star || r.Last == Star);

    /// <summary>Reads a set, or <c>$</c>.</summary>
    public static SequenceSet Parse(CommandScanner scanner)
    {
        if (scanner.TryTake((byte)'$'))
        {
            return Saved;
        }

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

    /// <summary>Reads a set in which neither <c>$</c> nor <c>*</c> may stand.</summary>
    public static SequenceSet ParseNumbers(CommandScanner scanner)
        => Parse(scanner) is { IsSaved: false, HasStar: false } set ? set : throw new ImapSyntaxException("Only numbers are allowed in this set");

    /// <summary>The numbers one by one, as written.</summary>
    public IEnumerable<uint> Numbers()
    {
        foreach (var range in Ranges)
        {
            for (ulong n = Math.Min(range.First, range.Last), last = Math.Max(range.First, range.Last); n <= last; n++)
            {
                yield return (uint)n;
            }
        }
    }

    /// <summary>Writes ascending numbers as a compact set, as APPENDUID and COPYUID carry it (RFC 4315 §4).</summary>
    public static string Write(IEnumerable<uint> ascending) => Write(ascending.Select(static n => new SequenceRange(n, n)));

    /// <summary>Writes ascending ranges as a compact set; those that touch are joined.</summary>
    public static string Write(IEnumerable<SequenceRange> ascending)
    {
        var text = new StringBuilder();
        SequenceRange? run = null;
        foreach (var range in ascending)
        {
            if (run is { } r && range.First == (ulong)r.Last + 1)
            {
                run = r with { Last = range.Last };
                continue;
            }

            Flush();
            run = range;
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
        => IsSaved ? "$" : string.Join(',', Ranges.Select(static r => r.First == r.Last ? Text(r.First) : $"{Text(r.First)}:{Text(r.Last)}"));

    private static uint Value(CommandScanner scanner) => scanner.TryTake((byte)'*') ? Star : scanner.NonZeroNumber();

    private static string Text(uint n) => n == Star ? "*" : n.ToString(CultureInfo.InvariantCulture);
}
