using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Threading;

/// <summary>One criterion of SORT.</summary>
internal readonly record struct SortKey(string Name, bool Reverse)
{
    /// <summary>Reads the criteria in parentheses (RFC 5256 §5, sort-criteria).</summary>
    public static List<SortKey> ParseList(CommandScanner scanner)
    {
        const int max = 100;
        var keys = scanner.List(static s =>
        {
            var name = s.Keyword();
            var reverse = name == "REVERSE";
            if (reverse)
            {
                s.Space();
                name = s.Keyword();
            }

            return name is "ARRIVAL" or "CC" or "DATE" or "FROM" or "SIZE" or "SUBJECT" or "TO"
                ? new SortKey(name, reverse)
                : throw new ImapSyntaxException("Unknown sort criterion");
        });
        return keys.Count <= max ? keys : throw new ImapSyntaxException("Too many sort criteria");
    }
}
