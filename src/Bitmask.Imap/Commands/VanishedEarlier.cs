using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>VANISHED (EARLIER): what a client knew and is gone (RFC 7162 §3.2.10.1).</summary>
internal static class VanishedEarlier
{
    /// <summary>
    /// Writes which of the <paramref name="known"/> UIDs (all when null) are gone since a mod-sequence. What the client still counts is
    /// not among them: it is told by VANISHED without EARLIER when its turn comes.
    /// </summary>
    public static void Write(ImapSession session, SequenceSet? known, long since, uint above = 0)
    {
        var mailbox = session.Mailbox;
        var last = mailbox.UidNext.Value - 1;
        if (last <= above)
        {
            return;
        }

        var ranges = known is null ? [new SequenceRange(1, last)] : known.IsSaved ? [] : known.Resolve(mailbox.Messages.Count > 0 ? mailbox.Messages[^1].Uid.Value : last);
        ranges = [.. ranges
            .Select(r => new SequenceRange(Math.Max(r.First, above + 1), Math.Min(r.Last, last)))
            .Where(static r => r.First <= r.Last)];

        // Beyond what the change stream remembers, everything that is not there counts as gone (RFC 7162 §3.2.6).
        var removed = session.Account.Vanished(mailbox.Id, new ModSeq(since));
        var gone = removed is null ? Gaps(mailbox.Messages, ranges) : Within(removed, mailbox, ranges);
        var set = SequenceSet.Write(gone);
        if (set.Length > 0)
        {
            session.Output.Untagged($"VANISHED (EARLIER) {set}");
        }
    }

    /// <summary>The highest UID that the client proves to know the number of; up to there it has heard of every removal (RFC 7162 §3.2.5.2).</summary>
    public static uint Matched(SelectedMailbox mailbox, (SequenceSet Numbers, SequenceSet Uids)? match)
    {
        var matched = 0u;
        if (match is var (numbers, uids))
        {
            foreach (var (number, uid) in numbers.Numbers().Zip(uids.Numbers()).TakeWhile(pair => pair.First <= mailbox.Messages.Count))
            {
                if (mailbox.Messages[(int)number - 1].Uid.Value == uid)
                {
                    matched = uid;
                }
            }
        }

        return matched;
    }

    private static IEnumerable<SequenceRange> Within(IReadOnlyList<Uid> removed, SelectedMailbox mailbox, List<SequenceRange> ranges)
    {
        var i = 0;
        foreach (var uid in removed)
        {
            while (i < ranges.Count && ranges[i].Last < uid.Value)
            {
                i++;
            }

            if (i < ranges.Count && ranges[i].First <= uid.Value && mailbox.IndexOf(uid) < 0)
            {
                yield return new SequenceRange(uid.Value, uid.Value);
            }
        }
    }

    private static IEnumerable<SequenceRange> Gaps(MessageList messages, List<SequenceRange> ranges)
    {
        var i = 0;
        foreach (var range in ranges)
        {
            var next = range.First;
            for (; i < messages.Count && messages[i].Uid.Value <= range.Last; i++)
            {
                var uid = messages[i].Uid.Value;
                if (uid > next)
                {
                    yield return new SequenceRange(next, uid - 1);
                }

                next = Math.Max(next, uid + 1);
            }

            if (next <= range.Last)
            {
                yield return new SequenceRange(next, range.Last);
            }
        }
    }
}
