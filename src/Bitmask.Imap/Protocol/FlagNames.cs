namespace Bitmask.Imap.Protocol;

/// <summary>Message flags and keywords (RFC 3501 §2.3.2).</summary>
internal static class FlagNames
{
    public const string Seen = "\\Seen";
    public const string Answered = "\\Answered";
    public const string Flagged = "\\Flagged";
    public const string Deleted = "\\Deleted";
    public const string Draft = "\\Draft";
    public const string Recent = "\\Recent";

    /// <summary>The system flags that clients may change.</summary>
    public static readonly string[] System = [Seen, Answered, Flagged, Deleted, Draft];

    /// <summary>Keywords that only the verdict facts of a message speak (security.md A10); nobody may store them.</summary>
    private static readonly string[] Reserved = ["$Encrypted", "$SignedValid", "$SignedBad"];

    private const int MaxKeywordOctets = 128;
    private const int MaxFlags = 256;

    /// <summary>Compares flags as IMAP does: in any case.</summary>
    public static StringComparer Comparer { get; } = StringComparer.OrdinalIgnoreCase;

    /// <summary>True for a keyword that is a projection of verdict facts.</summary>
    public static bool IsReserved(string flag) => Reserved.Contains(flag, Comparer);

    /// <summary>flag-list in parentheses.</summary>
    public static List<string> ParseList(CommandScanner scanner) => Bounded(scanner.List(ParseFlag, mayBeEmpty: true));

    /// <summary>flag-list, or the bare flags that STORE also allows.</summary>
    public static List<string> ParseListOrBare(CommandScanner scanner)
    {
        if (scanner.Peek == (byte)'(')
        {
            return ParseList(scanner);
        }

        var flags = new List<string>();
        do
        {
            flags.Add(ParseFlag(scanner));
        }
        while (scanner.TryTake((byte)' '));
        return Bounded(flags);
    }

    /// <summary>flag-keyword: an atom.</summary>
    public static string ParseKeyword(CommandScanner scanner)
    {
        var keyword = scanner.Atom();
        return keyword.Length <= MaxKeywordOctets ? keyword : throw new ImapSyntaxException("Keyword too long");
    }

    private static string ParseFlag(CommandScanner scanner)
    {
        if (!scanner.TryTake((byte)'\\'))
        {
            return ParseKeyword(scanner);
        }

        var flag = "\\" + scanner.Atom();
        if (flag.Equals(Recent, StringComparison.OrdinalIgnoreCase))
        {
            return Recent;
        }

        return Array.Find(System, f => f.Equals(flag, StringComparison.OrdinalIgnoreCase)) ?? throw new ImapSyntaxException("Unknown system flag");
    }

    /// <summary>Without doubles, and without \Recent, which nobody can set (RFC 3501 §2.3.2).</summary>
    private static List<string> Bounded(List<string> flags)
        => flags.Count <= MaxFlags
            ? [.. flags.Where(static f => f != Recent).Distinct(Comparer)]
            : throw new ImapSyntaxException("Too many flags");
}
