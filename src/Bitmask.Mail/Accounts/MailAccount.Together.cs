using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <content>Commands over many messages: what is read changes at once, the documents follow (docs/decisions/0027).</content>
public sealed partial class MailAccount
{
    /// <summary>So many together are quick enough that new mail need not wait for long.</summary>
    private const int MaxTogether = 10_000;

    private static readonly HashSet<Uid> NoUids = [];

    private readonly int _togetherFrom;
    private readonly OwedWriter _owed;

    /// <summary>Writes all documents that are owed; to be called before something else than this account's own transactions reads them.</summary>
    public Task WriteOwedAsync(CancellationToken cancellationToken = default) => _owed.WriteAllAsync(cancellationToken);

    private List<MessageEntry> ChangeFlags(MailTransaction tx, MailboxId mailbox, Uid[] uids, FlagChange change, List<string> names, ModSeq? unchangedSince)
    {
        var sql = tx.Store.Sql;
        var (box, view) = (tx.RequireBox(mailbox), View(sql, mailbox));
        var asked = Among(view, uids).FindAll(entry => unchangedSince is null || entry.ModSeq <= unchangedSince);
        var plan = new FlagPlan(change, names);
        var changed = MessageRanges.Of(sql, mailbox, box, asked.FindAll(entry => plan.Of(entry.Flags).IsChange));
        if (changed.Messages.Count == 0)
        {
            return asked;
        }

        changed.Owe(OwedTable.Add(sql, new OwedAct { Counter = tx.Clock.Counter, Device = tx.Clock.Device, Flags = plan.Values() }), OwedTable.Changed);
        var modseq = changed.Tell(_projection.Log, MailChangeKind.MessageChanged);
        changed.SetModSeq(modseq);
        changed.Count(-1, mailbox);
        foreach (var same in changed.Messages.GroupBy(entry => plan.Of(entry.Flags)))
        {
            changed.Of([.. same]).SetFlags(same.Key.Bits, same.Key.Keywords);
        }

        var after = asked.ConvertAll(entry => plan.Of(entry.Flags) is { IsChange: true } outcome ? entry with { Flags = outcome.Flags, ModSeq = modseq } : entry);
        MessageRanges.Of(sql, mailbox, box, after.FindAll(entry => entry.ModSeq == modseq)).Count(1, mailbox);
        Keep(sql, view, view.Entries.With(after, NoUids), modseq);
        return after;
    }

    private List<Uid> ExpungeTogether(MailTransaction tx, MailboxId mailbox, List<MessageEntry> doomed, MailboxView view)
    {
        var sql = tx.Store.Sql;
        var gone = MessageRanges.Of(sql, mailbox, tx.RequireBox(mailbox), doomed);
        gone.Owe(OwedTable.Add(sql, new OwedAct { Counter = tx.Clock.Counter, Device = tx.Clock.Device }), OwedTable.Deleted);
        var modseq = gone.Tell(_projection.Log, MailChangeKind.MessageRemoved);
        gone.Hide(modseq);
        var uids = doomed.ConvertAll(static entry => entry.Uid);
        Keep(sql, view, view.Entries.With([], uids.ToHashSet()), modseq);
        return uids;
    }

    private CopyAnswer MoveTogether(MailTransaction tx, MailboxId from, IReadOnlyList<Uid> uids, MailboxId to)
    {
        var sql = tx.Store.Sql;
        var validity = FindById(sql, to)?.UidValidity ?? throw MailErrors.NoMailbox();
        var view = View(sql, from);
        var moved = MessageRanges.Of(sql, from, tx.RequireBox(from), Among(view, uids));
        if (moved.Messages.Count == 0)
        {
            return new CopyAnswer(validity, []);
        }

        var (box, first) = TakeUids(sql, to, moved.Messages.Count);
        moved.Owe(OwedTable.Add(sql, new OwedAct { Counter = tx.Clock.Counter, Device = tx.Clock.Device, Mbox = DocumentIds.Of(to) }), OwedTable.Changed);
        var removed = moved.Tell(_projection.Log, MailChangeKind.MessageRemoved);
        Tally.Of(sql).Removed(moved.Box, removed);
        var modseq = new ModSeq(removed.Value + moved.Messages.Count);
        moved.MoveTo(to, box, first, modseq, Clock.GetUtcNow().ToUnixTimeMilliseconds());
        Arrived(sql, to, box, [.. moved.Messages.Select((entry, i) => entry with { Uid = new Uid(first + (uint)i) })], modseq);
        Keep(sql, view, view.Entries.With([], moved.Messages.Select(static entry => entry.Uid).ToHashSet()), removed);
        return new CopyAnswer(validity, [.. moved.Messages.Select((entry, i) => (entry.Uid, new Uid(first + (uint)i)))]);
    }

    private CopyAnswer CopyTogether(MailTransaction tx, MailboxId from, IReadOnlyList<Uid> uids, MailboxId to)
    {
        var sql = tx.Store.Sql;
        var validity = FindById(sql, to)?.UidValidity ?? throw MailErrors.NoMailbox();
        var originals = MessageRanges.Of(sql, from, tx.RequireBox(from), Among(View(sql, from), uids));
        var count = originals.Messages.Count;
        if (count == 0)
        {
            return new CopyAnswer(validity, []);
        }

        var (box, first) = TakeUids(sql, to, count);
        var act = OwedTable.Add(sql, new OwedAct { Counter = tx.Clock.Counter, Device = tx.Clock.Device, Mbox = DocumentIds.Of(to) });
        var modseq = new ModSeq(ChangeStream.Latest(sql) + count);
        var ids = originals.Messages.SelectMany(_ => HexId.Bytes(HexId.New(Clock.GetUtcNow()))).ToArray();
        originals.CopyTo(ids, act, to, box, first, modseq, Clock.GetUtcNow().ToUnixTimeMilliseconds());
        Arrived(sql, to, box, [.. originals.Messages.Select((entry, i) => entry with { Uid = new Uid(first + (uint)i), Id = new EntryId(HexId.Read(ids.AsSpan(16 * i))) })], modseq);
        return new CopyAnswer(validity, [.. originals.Messages.Select((entry, i) => (entry.Uid, new Uid(first + (uint)i)))]);
    }

    /// <summary>Messages of a view, ascending and each once; UIDs that are not there are passed over.</summary>
    private static List<MessageEntry> Among(MailboxView view, IReadOnlyList<Uid> uids)
    {
        var positions = uids.Select(view.IndexOf).Where(static position => position >= 0).Distinct().ToList();
        positions.Sort();
        return positions.ConvertAll(position => view.Entries[position]);
    }

    private static (long Box, uint First) TakeUids(WriteTransaction sql, MailboxId mailbox, int count)
        => Tally.Of(sql).TakeUids(mailbox, count) ?? throw new MailException(MailError.UidsExhausted, "This mailbox has no more numbers to give; make a new one.");

    private void Arrived(WriteTransaction sql, MailboxId mailbox, long box, List<MessageEntry> messages, ModSeq expected)
    {
        if (MessageRanges.Of(sql, mailbox, box, messages).Tell(_projection.Log, MailChangeKind.MessageAdded) != expected)
        {
            throw new InvalidOperationException("The numbers of changes are not in order.");
        }

        sql.AfterCommit(_owed.Wake);
    }

    /// <summary>Once durable, the next look at the mailbox costs nothing, and the documents begin to follow.</summary>
    private void Keep(WriteTransaction sql, MailboxView before, MessageList entries, ModSeq modseq)
    {
        var view = new MailboxView(before.Mailbox, entries, before.UidNext, modseq);
        sql.AfterCommit(() =>
        {
            _views.Keep(view);
            _owed.Wake();
        });
    }
}
