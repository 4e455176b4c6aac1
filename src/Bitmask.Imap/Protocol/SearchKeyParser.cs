using System.Text;

namespace Bitmask.Imap.Protocol;

/// <summary>Reads search keys, recursively, to a bounded depth and number.</summary>
internal sealed class SearchKeyParser(CommandScanner scanner, Encoding charset)
{
    /// <summary>How deep OR, NOT and parentheses may nest.</summary>
    public const int MaxDepth = 100;

    private const int MaxKeys = 10_000;
    private int _keys;

    /// <summary>1*(SP search-key), all of which must match.</summary>
    public SearchKey.And Parse()
    {
        var keys = new List<SearchKey>();
        do
        {
            keys.Add(Key(0));
        }
        while (scanner.TryTake((byte)' ') && !scanner.AtEnd);
        return new SearchKey.And(keys);
    }

    private SearchKey Key(int depth)
    {
        if (depth > MaxDepth || ++_keys > MaxKeys)
        {
            throw new ImapSyntaxException("Search too complex");
        }

        return scanner.Peek switch
        {
            (byte)'(' => new SearchKey.And(scanner.List(_ => Key(depth + 1))),
            (>= (byte)'0' and <= (byte)'9') or (byte)'*' or (byte)'$' => new SearchKey.Sequence(SequenceSet.Parse(scanner)),
            _ => Named(scanner.Keyword(), depth),
        };
    }

    private SearchKey Named(string name, int depth) => name switch
    {
        "ALL" => new SearchKey.All(),
        "ANSWERED" or "DELETED" or "DRAFT" or "FLAGGED" or "SEEN" => new SearchKey.Flag("\\" + name, true),
        "UNANSWERED" or "UNDELETED" or "UNDRAFT" or "UNFLAGGED" or "UNSEEN" => new SearchKey.Flag("\\" + name[2..], false),
        "RECENT" => new SearchKey.Recent(),
        "NEW" => new SearchKey.And([new SearchKey.Recent(), new SearchKey.Flag("\\SEEN", false)]),
        "OLD" => new SearchKey.Not(new SearchKey.Recent()),
        "KEYWORD" => new SearchKey.Flag(Keyword(), true),
        "UNKEYWORD" => new SearchKey.Flag(Keyword(), false),
        "FROM" or "TO" or "CC" or "BCC" or "SUBJECT" => new SearchKey.Header(name, Argument()),
        "HEADER" => new SearchKey.Header(FieldName(), Argument()),
        "BODY" => new SearchKey.Body(Argument()),
        "TEXT" => new SearchKey.Text(Argument()),
        "BEFORE" => new SearchKey.Date(SearchDate.Before, Day()),
        "ON" => new SearchKey.Date(SearchDate.On, Day()),
        "SINCE" => new SearchKey.Date(SearchDate.Since, Day()),
        "SENTBEFORE" => new SearchKey.Date(SearchDate.SentBefore, Day()),
        "SENTON" => new SearchKey.Date(SearchDate.SentOn, Day()),
        "SENTSINCE" => new SearchKey.Date(SearchDate.SentSince, Day()),
        "SAVEDBEFORE" => new SearchKey.Date(SearchDate.SavedBefore, Day()),
        "SAVEDON" => new SearchKey.Date(SearchDate.SavedOn, Day()),
        "SAVEDSINCE" => new SearchKey.Date(SearchDate.SavedSince, Day()),
        "SAVEDATESUPPORTED" => new SearchKey.All(),
        "EMAILID" => new SearchKey.EmailId(FieldName()),
        "THREADID" => new SearchKey.ThreadId(FieldName()),
        "OLDER" => new SearchKey.Within(Seconds(), false),
        "YOUNGER" => new SearchKey.Within(Seconds(), true),
        "MODSEQ" => new SearchKey.ModSeq(ModSeq()),
        "LARGER" => new SearchKey.Larger(Octets()),
        "SMALLER" => new SearchKey.Smaller(Octets()),
        "UID" => new SearchKey.Uid(Uids()),
        "NOT" => new SearchKey.Not(Next(depth)),
        "OR" => new SearchKey.Or(Next(depth), Next(depth)),
        _ => throw new ImapSyntaxException("Unknown search key"),
    };

    private SearchKey Next(int depth)
    {
        scanner.Space();
        return Key(depth + 1);
    }

    private string Keyword()
    {
        scanner.Space();
        return FlagNames.ParseKeyword(scanner);
    }

    private string FieldName()
    {
        scanner.Space();
        return scanner.AStringText();
    }

    private string Argument()
    {
        scanner.Space();
        try
        {
            return charset.GetString(scanner.AString().Span);
        }
        catch (DecoderFallbackException)
        {
            throw new ImapSyntaxException("Search text is not in the character set it claims");
        }
    }

    private DateOnly Day()
    {
        scanner.Space();
        return ImapDate.ParseDate(scanner);
    }

    private uint Octets()
    {
        scanner.Space();
        return scanner.Number();
    }

    private uint Seconds()
    {
        scanner.Space();
        return scanner.NonZeroNumber();
    }

    /// <summary>[entry-name entry-type] mod-sequence. A message has one mod-sequence for all flags, so the entry does not narrow anything (RFC 7162 §3.1.5).</summary>
    private long ModSeq()
    {
        scanner.Space();
        if (scanner.Peek == (byte)'"')
        {
            scanner.String();
            scanner.Space();
            if (scanner.Keyword() is not ("PRIV" or "SHARED" or "ALL"))
            {
                throw new ImapSyntaxException("Expected priv, shared or all");
            }

            scanner.Space();
        }

        return scanner.Number63();
    }

    private SequenceSet Uids()
    {
        scanner.Space();
        return SequenceSet.Parse(scanner);
    }
}
