using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Commands;

/// <summary>What a client that comes back says it knows of a mailbox (RFC 7162 §3.2.5).</summary>
/// <param name="UidValidity">The life of the UIDs it knows.</param>
/// <param name="ModSeq">Up to which mod-sequence it has been told everything.</param>
/// <param name="Known">The UIDs it knows, or null for all.</param>
/// <param name="Match">Some sequence numbers and the UIDs it believes they have, or null.</param>
internal sealed record QResyncParameter(uint UidValidity, long ModSeq, SequenceSet? Known, (SequenceSet Numbers, SequenceSet Uids)? Match)
{
    /// <summary>Reads the parameter behind its name.</summary>
    public static QResyncParameter Parse(CommandScanner scanner)
    {
        scanner.Space();
        scanner.Expect((byte)'(');
        var validity = scanner.NonZeroNumber();
        scanner.Space();
        var modSeq = scanner.Number63();
        SequenceSet? known = null;
        (SequenceSet, SequenceSet)? match = null;
        if (scanner.TryTake((byte)' '))
        {
            if (scanner.Peek != (byte)'(')
            {
                known = SequenceSet.ParseNumbers(scanner);
            }

            if (known is null || scanner.TryTake((byte)' '))
            {
                match = ParseMatch(scanner);
            }
        }

        scanner.Expect((byte)')');
        return new QResyncParameter(validity, modSeq, known, match);
    }

    private static (SequenceSet, SequenceSet) ParseMatch(CommandScanner scanner)
    {
        scanner.Expect((byte)'(');
        var numbers = SequenceSet.ParseNumbers(scanner);
        scanner.Space();
        var uids = SequenceSet.ParseNumbers(scanner);
        scanner.Expect((byte)')');
        return IsAscending(numbers) && IsAscending(uids)
            ? (numbers, uids)
            : throw new ImapSyntaxException("Sequence match data must ascend (RFC 7162 section 3.2.5.2)");
    }

    private static bool IsAscending(SequenceSet set)
        => set.Ranges.All(static r => r.First <= r.Last) && set.Ranges.Zip(set.Ranges.Skip(1)).All(static pair => pair.First.Last < pair.Second.First);
}
