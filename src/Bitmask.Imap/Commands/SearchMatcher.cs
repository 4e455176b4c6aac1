using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>
/// Finds the messages of the selected mailbox that match. Every condition looks only at those that the conditions before it left over;
/// those that need only what is in memory come first, header next, body last.
/// </summary>
internal sealed class SearchMatcher(MailAccount account, SelectedMailbox mailbox, DateTimeOffset now, CancellationToken cancellationToken)
{
    /// <summary>Positions that match, ascending.</summary>
    public List<int> Find(SearchKey key) => Filter(key, [.. Enumerable.Range(0, mailbox.Messages.Count)]);

    private static int Cost(SearchKey key) => key switch
    {
        SearchKey.Text or SearchKey.Body => 2,
        SearchKey.Header => 1,
        SearchKey.Not n => Cost(n.Key),
        SearchKey.Or o => Math.Max(Cost(o.Left), Cost(o.Right)),
        SearchKey.And a => a.Keys.Max(Cost),
        _ => 0,
    };

    private List<int> Filter(SearchKey key, List<int> among)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (among.Count == 0)
        {
            return among;
        }

        switch (key)
        {
            case SearchKey.All all:
                return all.Matches ? among : [];
            case SearchKey.Sequence s:
                return Intersect(among, mailbox.ClampSequence(s.Set));
            case SearchKey.Uid u:
                return Intersect(among, mailbox.ResolveUids(u.Set));
            case SearchKey.ThreadId t:
                return ThreadId.TryParse(t.Id, out var thread) ? [.. account.FindThread(thread, among.ConvertAll(Entry)).Select(found => among[found])] : [];
            case SearchKey.Header h:
                return Text(new TextCondition(TextScope.Header, h.Value, h.Name), among);
            case SearchKey.Body b:
                return Text(new TextCondition(TextScope.Body, b.Value), among);
            case SearchKey.Text t:
                return Text(new TextCondition(TextScope.Message, t.Value), among);
            case SearchKey.Not n:
                return Without(among, Filter(n.Key, among));
            case SearchKey.Or o:
                var (first, second) = Cost(o.Left) <= Cost(o.Right) ? (o.Left, o.Right) : (o.Right, o.Left);
                var left = Filter(first, among);
                var both = left.Concat(Filter(second, Without(among, left))).ToList();
                both.Sort();
                return both;
            case SearchKey.And a:
                return a.Keys.OrderBy(Cost).Aggregate(among, (left, next) => Filter(next, left));
            default:
                return among.FindAll(Condition(key));
        }
    }

    private Predicate<int> Condition(SearchKey key)
    {
        switch (key)
        {
            case SearchKey.Flag f:
                return i => Entry(i).Has(f.Name) == f.IsSet;
            case SearchKey.Recent:
                return i => mailbox.IsRecent(Entry(i).Uid);
            case SearchKey.ModSeq m:
                return i => Entry(i).ModSeq.Value >= m.Value;
            case SearchKey.Within w:
                var since = now.ToUnixTimeSeconds() - w.Seconds;
                return i => (Entry(i).InternalDate.ToUnixTimeSeconds() >= since) == w.Younger;
            case SearchKey.Larger l:
                return i => Entry(i).Size > l.Octets;
            case SearchKey.Smaller s:
                return i => Entry(i).Size < s.Octets;
            case SearchKey.Date d:
                return i => Compare(d, Day(d, Entry(i)));
            case SearchKey.EmailId e:
                return i => Entry(i).Head.ToString() == e.Id;
            default:
                throw new ArgumentOutOfRangeException(nameof(key));
        }
    }

    private MessageEntry Entry(int position) => mailbox.Messages[position];

    private List<int> Text(TextCondition condition, List<int> among)
        => [.. account.FindText(condition, among.ConvertAll(Entry), cancellationToken).Select(found => among[found])];

    private static List<int> Intersect(List<int> among, List<int> chosen)
    {
        var set = chosen.ToHashSet();
        return among.FindAll(set.Contains);
    }

    private static List<int> Without(List<int> among, List<int> gone)
    {
        if (gone.Count == 0)
        {
            return among;
        }

        var set = gone.ToHashSet();
        return among.FindAll(i => !set.Contains(i));
    }

    private DateOnly? Day(SearchKey.Date date, MessageEntry entry) => date.Kind switch
    {
        SearchDate.SentBefore or SearchDate.SentOn or SearchDate.SentSince => SentDay(entry),
        SearchDate.SavedBefore or SearchDate.SavedOn or SearchDate.SavedSince => entry.SaveDate is { } saved ? DateOnly.FromDateTime(saved.DateTime) : null,
        _ => DateOnly.FromDateTime(entry.InternalDate.DateTime),
    };

    /// <summary>The day of the Date field in the sender's zone, or null.</summary>
    private DateOnly? SentDay(MessageEntry entry)
        => account.SentAt(entry) is { } sent ? DateOnly.FromDateTime(sent.DateTime) : null;

    /// <summary>Dates disregard time and zone (RFC 3501 §6.4.4).</summary>
    private static bool Compare(SearchKey.Date date, DateOnly? day) => date.Kind switch
    {
        SearchDate.Before or SearchDate.SentBefore or SearchDate.SavedBefore => day < date.Day,
        SearchDate.On or SearchDate.SentOn or SearchDate.SavedOn => day == date.Day,
        _ => day >= date.Day,
    };
}
