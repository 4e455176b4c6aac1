using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>
/// Decides for each message of the selected mailbox whether it matches. Conditions that need only what is in memory are asked first,
/// header next, body last, so that a message is read only when nothing cheaper ruled it out.
/// </summary>
internal sealed class SearchMatcher
{
    private readonly MailAccount _account;
    private readonly SelectedMailbox _mailbox;
    private readonly DateTimeOffset _now;
    private readonly Func<Candidate, bool> _matches;

    public SearchMatcher(MailAccount account, SelectedMailbox mailbox, SearchKey key, DateTimeOffset now)
    {
        (_account, _mailbox, _now) = (account, mailbox, now);
        _matches = Compile(key);
    }

    /// <summary>Whether the message at <paramref name="position"/> matches.</summary>
    public bool Matches(int position) => _matches(new Candidate(position, _mailbox.Messages[position], _account));

    /// <summary>A message under examination; its text is decoded once, however many conditions ask for it.</summary>
    private sealed class Candidate(int position, MessageEntry entry, MailAccount account)
    {
        private SearchText? _text;

        public int Position => position;

        public MessageEntry Entry => entry;

        public SearchText Text => _text ??= new SearchText(account, entry.Id);
    }

    private static int Cost(SearchKey key) => key switch
    {
        SearchKey.Text or SearchKey.Body => 2,
        SearchKey.Header or SearchKey.Date { Kind: SearchDate.SentBefore or SearchDate.SentOn or SearchDate.SentSince } => 1,
        SearchKey.Not n => Cost(n.Key),
        SearchKey.Or o => Math.Max(Cost(o.Left), Cost(o.Right)),
        SearchKey.And a => a.Keys.Max(Cost),
        _ => 0,
    };

    private Func<Candidate, bool> Compile(SearchKey key)
    {
        switch (key)
        {
            case SearchKey.All all:
                return _ => all.Matches;
            case SearchKey.Sequence s:
                var numbers = _mailbox.ClampSequence(s.Set).ToHashSet();
                return c => numbers.Contains(c.Position);
            case SearchKey.Uid u:
                var uids = _mailbox.ResolveUids(u.Set).ToHashSet();
                return c => uids.Contains(c.Position);
            case SearchKey.Flag f:
                return c => c.Entry.Has(f.Name) == f.IsSet;
            case SearchKey.ModSeq m:
                return c => c.Entry.ModSeq.Value >= m.Value;
            case SearchKey.Within w:
                var since = _now.ToUnixTimeSeconds() - w.Seconds;
                return c => (c.Entry.InternalDate.ToUnixTimeSeconds() >= since) == w.Younger;
            case SearchKey.Larger l:
                return c => c.Entry.Size > l.Octets;
            case SearchKey.Smaller s:
                return c => c.Entry.Size < s.Octets;
            case SearchKey.Date d:
                return c => Compare(d, Day(d, c));
            case SearchKey.EmailId e:
                return c => c.Entry.Head.ToString() == e.Id;
            case SearchKey.Header h:
                return c => c.Text.HeaderContains(h.Name, h.Value);
            case SearchKey.Body b:
                return c => c.Text.BodyContains(b.Value);
            case SearchKey.Text t:
                return c => c.Text.HeaderContains(null, t.Value) || c.Text.BodyContains(t.Value);
            case SearchKey.Not n:
                var inner = Compile(n.Key);
                return c => !inner(c);
            case SearchKey.Or o:
                var (left, right) = Cost(o.Left) <= Cost(o.Right) ? (Compile(o.Left), Compile(o.Right)) : (Compile(o.Right), Compile(o.Left));
                return c => left(c) || right(c);
            case SearchKey.And a:
                var all2 = a.Keys.OrderBy(Cost).Select(Compile).ToArray();
                return c => Array.TrueForAll(all2, m => m(c));
            default:
                throw new ArgumentOutOfRangeException(nameof(key));
        }
    }

    private static DateOnly? Day(SearchKey.Date date, Candidate candidate) => date.Kind switch
    {
        SearchDate.SentBefore or SearchDate.SentOn or SearchDate.SentSince => candidate.Text.SentDay,
        SearchDate.SavedBefore or SearchDate.SavedOn or SearchDate.SavedSince => candidate.Entry.SaveDate is { } saved ? DateOnly.FromDateTime(saved.DateTime) : null,
        _ => DateOnly.FromDateTime(candidate.Entry.InternalDate.DateTime),
    };

    /// <summary>Dates disregard time and zone (RFC 3501 §6.4.4).</summary>
    private static bool Compare(SearchKey.Date date, DateOnly? day) => date.Kind switch
    {
        SearchDate.Before or SearchDate.SentBefore or SearchDate.SavedBefore => day < date.Day,
        SearchDate.On or SearchDate.SentOn or SearchDate.SavedOn => day == date.Day,
        _ => day >= date.Day,
    };
}
