using Bitmask.Sqlite;

namespace Bitmask.Mail;

/// <summary>
/// What the changes of one transaction add up to: sums and marks that are kept in memory and written once, at its end. A thousand
/// messages are then a thousand rows, not a thousand rewritten counters beside.
/// </summary>
internal sealed class Tally
{
    // A counter beyond this is nonsense and would leave no room above it.
    private const long MaxLamport = 1L << 53;

    private readonly WriteTransaction _tx;
    private readonly Dictionary<MailboxId, Counts> _counts = [];
    private readonly Dictionary<MailboxId, Place> _places = [];
    private readonly Dictionary<long, long> _removals = [];
    private readonly long _lamportBefore;
    private long _lamport;

    private Tally(WriteTransaction tx)
    {
        _tx = tx;
        _lamport = _lamportBefore = tx.ScalarInt64("SELECT value FROM mail_device WHERE name = 'lamport'")!.Value;
        tx.BeforeEnd(Write);
    }

    /// <summary>The counter for a new change: one more than the highest seen.</summary>
    public long NextLamport => _lamport + 1;

    /// <summary>The tally of a transaction.</summary>
    public static Tally Of(WriteTransaction tx) => tx.Keep(static tx => new Tally(tx));

    /// <summary>Takes note of a register counter.</summary>
    public void SeenLamport(long counter) => _lamport = counter < MaxLamport ? Math.Max(_lamport, counter) : _lamport;

    /// <summary>Adds to the counters of a mailbox.</summary>
    public void Count(MailboxId mailbox, Counts counts) => _counts[mailbox] = _counts.GetValueOrDefault(mailbox) + counts;

    /// <summary>Notes the mod-sequence of a removal.</summary>
    public void Removed(long box, ModSeq modseq) => _removals[box] = modseq.Value;

    /// <summary>Gives the next UID of a mailbox that is there and has one left; null otherwise.</summary>
    public (long Box, uint Uid)? NextUid(MailboxId mailbox) => TakeUids(mailbox, 1);

    /// <summary>Gives the next UIDs of a mailbox that is there and has so many left, as the first of them; null otherwise.</summary>
    public (long Box, uint First)? TakeUids(MailboxId mailbox, int count)
    {
        if (PlaceOf(mailbox) is not { } place || place.UidNext + count - 1 > uint.MaxValue)
        {
            return null;
        }

        var first = (uint)place.UidNext;
        place.UidNext += count;
        return (place.Box, first);
    }

    private Place? PlaceOf(MailboxId mailbox)
    {
        if (!_places.TryGetValue(mailbox, out var place))
        {
            place = _tx.QueryFirstOrDefault(
                "SELECT u.box, u.uid_next FROM mail_mailbox_uid u JOIN mail_mailbox m ON m.id = u.mailbox WHERE u.mailbox = ?1",
                static row => new Place(row.GetInt64(0), row.GetInt64(1)), HexId.Bytes(mailbox.Value));
            if (place is null)
            {
                return null;
            }

            _places.Add(mailbox, place);
        }

        return place;
    }

    /// <summary>A mailbox is gone: what was counted for it is void, should one of the same id come again.</summary>
    public void Forget(MailboxId mailbox)
    {
        _counts.Remove(mailbox);
        _places.Remove(mailbox);
    }

    private void Write()
    {
        if (_lamport != _lamportBefore)
        {
            _tx.Execute("UPDATE mail_device SET value = ?1 WHERE name = 'lamport'", _lamport);
        }

        foreach (var (mailbox, counts) in _counts)
        {
            if (counts != default)
            {
                _tx.Execute(
                    "UPDATE mail_mailbox SET messages = messages + ?2, unseen = unseen + ?3, deleted = deleted + ?4, size = size + ?5 WHERE id = ?1",
                    HexId.Bytes(mailbox.Value), counts.Messages, counts.Unseen, counts.Deleted, counts.Size);
            }
        }

        foreach (var place in _places.Values)
        {
            _tx.Execute("UPDATE mail_mailbox_uid SET uid_next = ?2 WHERE box = ?1 AND uid_next < ?2", place.Box, place.UidNext);
        }

        foreach (var (box, modseq) in _removals)
        {
            _tx.Execute("UPDATE mail_mailbox_uid SET removed_modseq = ?2 WHERE box = ?1", box, modseq);
        }
    }

    private sealed record Place(long Box, long UidNext)
    {
        public long UidNext { get; set; } = UidNext;
    }
}

/// <summary>What a mailbox counts of its messages.</summary>
internal readonly record struct Counts(int Messages, int Unseen, int Deleted, long Size)
{
    public static Counts Of(EntryRow entry)
        => new(1, entry.Bits.HasFlag(EntryBits.Seen) ? 0 : 1, entry.Bits.HasFlag(EntryBits.Deleted) ? 1 : 0, entry.Size);

    public static Counts Of(MessageEntry entry)
        => new(1, entry.Has(MessageFlags.Seen) ? 0 : 1, entry.Has(MessageFlags.Deleted) ? 1 : 0, entry.Size);

    public static Counts operator +(Counts left, Counts right)
        => new(left.Messages + right.Messages, left.Unseen + right.Unseen, left.Deleted + right.Deleted, left.Size + right.Size);

    public static Counts operator -(Counts left, Counts right)
        => new(left.Messages - right.Messages, left.Unseen - right.Unseen, left.Deleted - right.Deleted, left.Size - right.Size);
}
