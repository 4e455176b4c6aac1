using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>What is other in a mailbox than a client knows it.</summary>
/// <param name="Gone">Positions, among those that the client knows, of messages that are gone; ascending.</param>
/// <param name="Other">Messages that are others than the client knows them, ascending.</param>
/// <param name="New">Messages that the client does not know, behind all that it knows, ascending.</param>
/// <param name="Changed">UIDs of those that the client has to be told of.</param>
/// <param name="IsWhole">Without what is gone, and with what is other and new, the client knows the mailbox as it is.</param>
internal sealed record MailboxNews(List<int> Gone, List<MessageEntry> Other, List<MessageEntry> New, List<Uid> Changed, bool IsWhole)
{
    /// <param name="known">What the client knows.</param>
    /// <param name="now">What is there.</param>
    /// <param name="modSeqs">The client knows mod-sequences: it is told when one has changed, not only when flags have.</param>
    public static MailboxNews Of(MessageList known, MessageList now, bool modSeqs)
    {
        var news = new MailboxNews([], [], [], [], IsWhole: true);
        var (i, j, isWhole) = (0, 0, true);
        while (i < known.Count)
        {
            if (i == j && known.SameUntil(now, i) is var same && same > i)
            {
                (i, j) = (same, same);
            }
            else if (j < now.Count && now[j].Uid < known[i].Uid)
            {
                // One that came back under its old number (a table was mended): there is no way to tell this client of it.
                (j, isWhole) = (j + 1, false);
            }
            else if (j >= now.Count || now[j].Uid != known[i].Uid)
            {
                news.Gone.Add(i++);
            }
            else
            {
                news.Compare(known[i++], now[j++], modSeqs);
            }
        }

        for (; j < now.Count; j++)
        {
            news.New.Add(now[j]);
        }

        return news with { IsWhole = isWhole };
    }

    private void Compare(MessageEntry mine, MessageEntry theirs, bool modSeqs)
    {
        if (ReferenceEquals(mine, theirs))
        {
            return;
        }

        Other.Add(theirs);
        if (modSeqs ? mine.ModSeq != theirs.ModSeq : !ReferenceEquals(mine.Flags, theirs.Flags) && !mine.Flags.SetEquals(theirs.Flags))
        {
            Changed.Add(theirs.Uid);
        }
    }
}
