using System.Text;
using Bitmask.Soledad;
using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Tells which messages hold a text. The index names those that may; their kept texts decide. Messages that wait for the index, or whose
/// text is longer than what is kept of it, are looked at themselves. So the answer is exact at any time.
/// </summary>
internal sealed class TextFinder
{
    /// <summary>For so few messages, looking at their kept texts costs less than asking the index.</summary>
    private const int Few = 16;

    /// <summary>Messages that are looked at themselves in one look at the store.</summary>
    private const int ReadTogether = 64;

    private readonly MailAccount _account;
    private readonly TextCondition _condition;
    private readonly string _text;
    private readonly byte[] _octets;
    private readonly byte[] _field;

    public TextFinder(MailAccount account, TextCondition condition)
    {
        (_account, _condition) = (account, condition);
        _text = SearchFold.Of(condition.Value);
        _octets = Encoding.UTF8.GetBytes(_text);
        _field = condition.Field is { } field ? Encoding.UTF8.GetBytes(SearchFold.Of(field) + ": ") : [];
    }

    /// <summary>Positions of the messages that hold the text, ascending.</summary>
    public List<int> Find(IReadOnlyList<MessageEntry> messages, CancellationToken cancellationToken)
    {
        if (_text.Contains('\0', StringComparison.Ordinal))
        {
            return [];
        }

        if (_text.Length == 0 && _condition.Scope != TextScope.Header)
        {
            return [.. Enumerable.Range(0, messages.Count)];
        }

        var found = new List<int>();
        var unindexed = new List<int>();
        _account.Store.Read(reader =>
        {
            Split(reader.Sql, messages, found, unindexed, cancellationToken);
            return true;
        });
        foreach (var some in unindexed.Chunk(ReadTogether))
        {
            cancellationToken.ThrowIfCancellationRequested();
            found.AddRange(_account.Store.Read(reader => some.Where(position => IsInMessage(reader, messages[position].Id)).ToList()));
        }

        found.Sort();
        return found;
    }

    private void Split(ReadTransaction sql, IReadOnlyList<MessageEntry> messages, List<int> found, List<int> unindexed, CancellationToken cancellationToken)
    {
        var candidates = messages.Count > Few && Query() is { } query ? Candidates(sql, query) : null;
        var waits = Waiting(sql, messages.Count);
        var cut = Heads(sql, "SELECT head FROM mail_search WHERE whole = 0");
        for (var i = 0; i < messages.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var head = messages[i].Head;
            if (cut.Contains(head) || waits(head))
            {
                unindexed.Add(i);
            }
            else if ((candidates is null || candidates.ContainsKey(head)) && IsKept(sql, candidates?[head] ?? IdOf(sql, head)))
            {
                found.Add(i);
            }
        }
    }

    private string? Query()
    {
        var field = _field.Length > 0 ? SearchGrams.Query(SearchFold.Of(_condition.Field!) + ": ", SearchGrams.Header) : null;
        var header = _condition.Scope == TextScope.Body ? null : SearchGrams.Query(_text, SearchGrams.Header);
        var body = _condition.Scope == TextScope.Header ? null : SearchGrams.Query(_text, SearchGrams.Body);
        return _condition.Scope switch
        {
            TextScope.Header => header is null ? field : field is null ? header : $"{field} AND {header}",
            TextScope.Body => body,
            _ => header is null || body is null ? null : $"({header}) OR ({body})",
        };
    }

    private static Dictionary<HeadId, long> Candidates(ReadTransaction sql, string query)
    {
        var candidates = new Dictionary<HeadId, long>();
        sql.Scan(
            "SELECT s.head, s.id FROM mail_search_grams JOIN mail_search s ON s.id = mail_search_grams.rowid WHERE mail_search_grams MATCH ?1",
            row =>
            {
                candidates[new HeadId(HexId.Read(row.GetBytes(0)))] = row.GetInt64(1);
                return true;
            },
            query);
        return candidates;
    }

    /// <summary>Whether a head waits: asked one by one when more wait than are of interest.</summary>
    private static Func<HeadId, bool> Waiting(ReadTransaction sql, int interest)
    {
        if (SearchTable.AreWaiting(sql, interest + 1))
        {
            return head => SearchTable.IsWaiting(sql, head);
        }

        var heads = Heads(sql, "SELECT head FROM mail_search_queue");
        return heads.Contains;
    }

    private static HashSet<HeadId> Heads(ReadTransaction sql, string query)
        => [.. sql.Query(query, static row => new HeadId(HexId.Read(row.GetBytes(0))))];

    private static long IdOf(ReadTransaction sql, HeadId head)
        => sql.ScalarInt64("SELECT id FROM mail_search WHERE head = ?1", HexId.Bytes(head.Value)) ?? -1;

    private bool IsKept(ReadTransaction sql, long id)
        => (_condition.Scope != TextScope.Body && Kept(sql, "SELECT text FROM mail_search_header WHERE id = ?1", id) is { } header && IsInHeader(header.Span))
            || (_condition.Scope != TextScope.Header && Kept(sql, "SELECT text FROM mail_search_body WHERE id = ?1", id) is { } body && body.Span.IndexOf(_octets) >= 0);

    private static ReadOnlyMemory<byte>? Kept(ReadTransaction sql, string query, long id)
        => sql.QueryFirstOrDefault(query, static row => row.GetBytes(0), id) is { } packed ? PackedText.Unpack(packed) : null;

    private bool IsInHeader(ReadOnlySpan<byte> header)
    {
        if (_field.Length == 0)
        {
            return header.IndexOf(_octets) >= 0;
        }

        while (!header.IsEmpty)
        {
            var end = header.IndexOf((byte)'\n') is >= 0 and var next ? next : header.Length;
            var line = header[..end];
            if (line.StartsWith(_field) && line[_field.Length..].IndexOf(_octets) >= 0)
            {
                return true;
            }

            header = header[Math.Min(end + 1, header.Length)..];
        }

        return false;
    }

    private bool IsInMessage(StoreReader reader, EntryId entry)
    {
        if (_condition.Scope != TextScope.Body && IsInHeader(Encoding.UTF8.GetBytes(SearchFold.Of(MailAccount.HeaderWords(reader, entry, MessageWords.NoLimit, out _, _condition.Field)))))
        {
            return true;
        }

        return _condition.Scope != TextScope.Header
            && SearchFold.Of(_account.BodyWords(reader, entry, MessageWords.NoLimit, out _)).Contains(_text, StringComparison.Ordinal);
    }
}
