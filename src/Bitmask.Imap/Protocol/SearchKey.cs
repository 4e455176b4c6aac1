namespace Bitmask.Imap.Protocol;

/// <summary>Which date a search looks at.</summary>
internal enum SearchDate
{
    /// <summary>Internal date earlier than.</summary>
    Before,

    /// <summary>Internal date within the day.</summary>
    On,

    /// <summary>Internal date within the day or later.</summary>
    Since,

    /// <summary>Date field earlier than.</summary>
    SentBefore,

    /// <summary>Date field within the day.</summary>
    SentOn,

    /// <summary>Date field within the day or later.</summary>
    SentSince,

    /// <summary>Save date earlier than (RFC 8514 §4.3).</summary>
    SavedBefore,

    /// <summary>Save date within the day.</summary>
    SavedOn,

    /// <summary>Save date within the day or later.</summary>
    SavedSince,
}

/// <summary>search-key (RFC 3501 §6.4.4): a tree of conditions.</summary>
internal abstract record SearchKey
{
    private SearchKey()
    {
    }

    /// <summary>Whether this condition, or one below it, is of a kind.</summary>
    public bool Any(Func<SearchKey, bool> kind) => kind(this) || this switch
    {
        Not n => n.Key.Any(kind),
        Or o => o.Left.Any(kind) || o.Right.Any(kind),
        And a => a.Keys.Any(k => k.Any(kind)),
        _ => false,
    };

    /// <summary>Every message, or none.</summary>
    public sealed record All(bool Matches = true) : SearchKey;

    /// <summary>Message sequence numbers.</summary>
    public sealed record Sequence(SequenceSet Set) : SearchKey;

    /// <summary>UIDs.</summary>
    public sealed record Uid(SequenceSet Set) : SearchKey;

    /// <summary>The message is \Recent for this session.</summary>
    public sealed record Recent : SearchKey;

    /// <summary>A system flag or keyword is set, or is not.</summary>
    public sealed record Flag(string Name, bool IsSet) : SearchKey;

    /// <summary>A header field contains the text; the empty text asks for the field alone.</summary>
    public sealed record Header(string Name, string Value) : SearchKey;

    /// <summary>The body contains the text.</summary>
    public sealed record Body(string Value) : SearchKey;

    /// <summary>Header or body contain the text.</summary>
    public sealed record Text(string Value) : SearchKey;

    /// <summary>A date condition.</summary>
    public sealed record Date(SearchDate Kind, DateOnly Day) : SearchKey;

    /// <summary>The mod-sequence is this or higher (RFC 7162 §3.1.5).</summary>
    public sealed record ModSeq(long Value) : SearchKey;

    /// <summary>The content's id is this (RFC 8474 §6).</summary>
    public sealed record EmailId(string Id) : SearchKey;

    /// <summary>The conversation's id is this (RFC 8474 §6).</summary>
    public sealed record ThreadId(string Id) : SearchKey;

    /// <summary>Internal date within the last so many seconds, or before that (RFC 5032).</summary>
    public sealed record Within(uint Seconds, bool Younger) : SearchKey;

    /// <summary>Larger than so many octets.</summary>
    public sealed record Larger(uint Octets) : SearchKey;

    /// <summary>Smaller than so many octets.</summary>
    public sealed record Smaller(uint Octets) : SearchKey;

    /// <summary>The opposite.</summary>
    public sealed record Not(SearchKey Key) : SearchKey;

    /// <summary>Either.</summary>
    public sealed record Or(SearchKey Left, SearchKey Right) : SearchKey;

    /// <summary>All of them.</summary>
    public sealed record And(IReadOnlyList<SearchKey> Keys) : SearchKey;
}
