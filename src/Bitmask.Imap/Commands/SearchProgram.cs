using System.Text;
using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>The conditions of SEARCH, SORT and THREAD, with the character set they are written in. Null keys: the set is unknown.</summary>
internal sealed record SearchProgram(SearchKey? Key, bool NamesCharset = false)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The answer to a character set that is unknown.</summary>
    public static ImapReply BadCharset { get; } = ImapReply.No("Unknown character set", "BADCHARSET (US-ASCII UTF-8)");

    /// <summary>MODSEQ is among the conditions, so answers end in the highest one (RFC 7162 §3.1.5).</summary>
    public bool ByModSeq => Key?.Any(static k => k is SearchKey.ModSeq) == true;

    /// <summary>Sequence numbers are among the conditions, so no EXPUNGE may come in between (RFC 7162 §3.2.10.2).</summary>
    public bool ByNumber => Key?.Any(static k => k is SearchKey.Sequence) == true;

    /// <summary>[CHARSET charset] keys, as in SEARCH.</summary>
    public static SearchProgram Parse(CommandScanner scanner)
    {
        if (!scanner.TryWord("CHARSET"))
        {
            return new SearchProgram(new SearchKeyParser(scanner, Utf8).Parse());
        }

        scanner.Space();
        return ParseWithCharset(scanner) with { NamesCharset = true };
    }

    /// <summary>charset keys, as in SORT and THREAD.</summary>
    public static SearchProgram ParseWithCharset(CommandScanner scanner)
    {
        var name = scanner.AStringText();
        scanner.Space();
        if (name.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) || name.Equals("US-ASCII", StringComparison.OrdinalIgnoreCase))
        {
            return new SearchProgram(new SearchKeyParser(scanner, Utf8).Parse());
        }

        // The keys can not be read, so they are not; the answer says what would be understood.
        scanner.SkipAll();
        return new SearchProgram((SearchKey?)null);
    }

    /// <summary>Positions of the messages that match, ascending.</summary>
    public List<int> Find(ImapSession session, CancellationToken cancellationToken)
    {
        if (ByModSeq)
        {
            session.EnableCondStore();
        }

        return new SearchMatcher(session.Account, session.Mailbox, session.Clock.GetUtcNow(), cancellationToken).Find(Key!);
    }
}
