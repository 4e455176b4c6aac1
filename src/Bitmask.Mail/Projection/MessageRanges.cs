using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// Many visible messages of one mailbox, as ranges of UIDs without gaps: what commands do to all of them is a few statements, not a few for
/// each. The documents are owed (<see cref="OwedTable"/>).
/// </summary>
internal sealed class MessageRanges
{
    private const string InRange = "WHERE box = ?1 AND uid BETWEEN ?2 AND ?3";

    private readonly WriteTransaction _tx;
    private readonly List<(uint First, uint Last)> _ranges;

    private MessageRanges(WriteTransaction tx, MailboxId mailbox, long box, IReadOnlyList<MessageEntry> messages, List<(uint First, uint Last)> ranges)
        => (_tx, Mailbox, Box, Messages, _ranges) = (tx, mailbox, box, messages, ranges);

    public MailboxId Mailbox { get; }

    public long Box { get; }

    /// <summary>The messages as they are before, ascending.</summary>
    public IReadOnlyList<MessageEntry> Messages { get; }

    /// <summary>Messages of a mailbox, ascending and each once.</summary>
    public static MessageRanges Of(WriteTransaction tx, MailboxId mailbox, long box, IReadOnlyList<MessageEntry> messages)
    {
        var ranges = new List<(uint First, uint Last)>();
        foreach (var message in messages)
        {
            var uid = message.Uid.Value;
            if (ranges.Count > 0 && ranges[^1].Last + 1 == uid)
            {
                ranges[^1] = (ranges[^1].First, uid);
            }
            else
            {
                ranges.Add((uid, uid));
            }
        }

        return new MessageRanges(tx, mailbox, box, messages, ranges);
    }

    /// <summary>Some of them.</summary>
    public MessageRanges Of(IReadOnlyList<MessageEntry> messages) => Of(_tx, Mailbox, Box, messages);

    /// <summary>Notes that their documents are owed an act.</summary>
    public void Owe(long act, int kind)
        => ForEach($"INSERT INTO mail_owed(entry, act, kind) SELECT entry, ?4, ?5 FROM mail_uid {InRange}", act, kind);

    /// <summary>Writes their changes into the change stream.</summary>
    /// <returns>The mod-sequence of the last one.</returns>
    public ModSeq Tell(ChangeLog log, MailChangeKind kind)
    {
        ForEach($"INSERT INTO mail_change(kind, mailbox, entry, uid) SELECT ?4, ?5, entry, uid FROM mail_uid {InRange} ORDER BY uid", (int)kind, HexId.Bytes(Mailbox.Value));
        return log.AddWritten(_tx, kind, Mailbox, Messages);
    }

    public void SetFlags(EntryBits bits, string? keywords)
        => ForEach($"UPDATE mail_entry SET flags = ?4, keywords = ?5 WHERE id IN (SELECT entry FROM mail_uid {InRange})", (int)bits, keywords);

    public void SetModSeq(ModSeq modseq) => ForEach($"UPDATE mail_uid SET modseq = ?4 {InRange}", modseq.Value);

    /// <summary>Takes their UIDs away.</summary>
    public void Hide(ModSeq modseq)
    {
        ForEach($"DELETE FROM mail_uid {InRange}");
        Count(-1, Mailbox);
        Tally.Of(_tx).Removed(Box, modseq);
    }

    /// <summary>Puts them, in their order, into another mailbox from a UID on.</summary>
    public void MoveTo(MailboxId mailbox, long box, uint first, ModSeq modseq, long saved)
    {
        ForEach($"UPDATE mail_entry SET mailbox = ?4 WHERE id IN (SELECT entry FROM mail_uid {InRange})", HexId.Bytes(mailbox.Value));
        foreach (var range in _ranges)
        {
            _tx.Execute(
                $"UPDATE mail_uid SET box = ?4, uid = uid + ?5, modseq = ?6, saved = ?7 {InRange}", Box, range.First, range.Last, box, (long)first - range.First, modseq.Value, saved);
            first += range.Last - range.First + 1;
        }

        Count(-1, Mailbox);
        Count(1, mailbox);
    }

    /// <summary>Copies them, in their order, to another mailbox from a UID on; the copies' documents are owed.</summary>
    /// <param name="ids">The ids of the copies, 16 octets each.</param>
    /// <param name="act">The act that they are owed for.</param>
    /// <param name="mailbox">The other mailbox.</param>
    /// <param name="box">Its number.</param>
    /// <param name="first">The UID of the first copy.</param>
    /// <param name="modseq">The mod-sequence of the copies.</param>
    /// <param name="saved">When they came into the mailbox.</param>
    public void CopyTo(ReadOnlyMemory<byte> ids, long act, MailboxId mailbox, long box, uint first, ModSeq modseq, long saved)
    {
        // A range has no gaps: a UID's distance from its beginning is the place of the copy's id.
        const string Id = "substr(?4, 16 * (u.uid - ?2) + 1, 16)";
        foreach (var (from, to) in _ranges)
        {
            var count = (int)(to - from) + 1;
            var own = ids[..(16 * count)];
            ids = ids[own.Length..];
            Expect(count, _tx.Execute(
                $"INSERT INTO mail_owed(entry, act, kind, source) SELECT {Id}, ?5, ?6, u.entry FROM mail_uid u {InRange}", Box, from, to, own, act, OwedTable.Copied));
            Expect(count, _tx.Execute(
                $"""
                INSERT INTO mail_entry(id, head, mailbox, date, size, flags, keywords, tags, sent)
                SELECT {Id}, e.head, ?5, e.date, e.size, e.flags, e.keywords, e.tags, e.sent FROM mail_uid u JOIN mail_entry e ON e.id = u.entry {InRange}
                """,
                Box, from, to, own, HexId.Bytes(mailbox.Value)));
            Expect(count, _tx.Execute(
                $"INSERT INTO mail_uid(box, uid, entry, modseq, saved) SELECT ?5, u.uid + ?6, {Id}, ?7, ?8 FROM mail_uid u {InRange}",
                Box, from, to, own, box, (long)first - from, modseq.Value, saved));
            first += (uint)count;
        }

        Count(1, mailbox);
    }

    /// <summary>Adds them to a mailbox's counters, or takes them from there.</summary>
    public void Count(int sign, MailboxId mailbox)
    {
        var sum = default(Counts);
        foreach (var message in Messages)
        {
            sum += Counts.Of(message);
        }

        Tally.Of(_tx).Count(mailbox, sign < 0 ? default(Counts) - sum : sum);
    }

    private void ForEach(string sql, params ReadOnlySpan<SqlValue> args)
    {
        var changed = 0;
        Span<SqlValue> all = [Box, 0, 0, .. args];
        foreach (var (first, last) in _ranges)
        {
            (all[1], all[2]) = (first, last);
            changed += _tx.Execute(sql, all);
        }

        Expect(Messages.Count, changed);
    }

    private static void Expect(int count, int changed)
    {
        if (changed != count)
        {
            throw new InvalidOperationException($"{count} messages were to be changed together, but {changed} were.");
        }
    }
}
