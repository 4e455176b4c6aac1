namespace Bitmask.Mail;

/// <summary>
/// A mailbox at one moment: what SELECT sees. Immutable, shared by all who look at the same moment; a later moment is another
/// view (<see cref="MailAccount.Open"/> again), made from this one and the changes since.
/// </summary>
public sealed class MailboxView
{
    private readonly MessageEntry[] _entries;

    internal MailboxView(Mailbox mailbox, MessageEntry[] entries, Uid uidNext, ModSeq highestModSeq)
    {
        Mailbox = mailbox;
        _entries = entries;
        UidNext = uidNext;
        HighestModSeq = highestModSeq;
    }

    /// <summary>The mailbox.</summary>
    public Mailbox Mailbox { get; }

    /// <summary>All messages in the order of their UIDs; position + 1 is the message sequence number.</summary>
    public IReadOnlyList<MessageEntry> Entries => _entries;

    /// <summary>The UID that the next message will get, at least.</summary>
    public Uid UidNext { get; }

    /// <summary>The highest mod-sequence of any change in it, removals included.</summary>
    public ModSeq HighestModSeq { get; }

    internal ReadOnlySpan<MessageEntry> Span => _entries;

    /// <summary>The position of a UID in <see cref="Entries"/>, or a negative number: the complement of where it would stand.</summary>
    public int IndexOf(Uid uid)
    {
        var (low, high) = (0, _entries.Length - 1);
        while (low <= high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            var order = _entries[middle].Uid.CompareTo(uid);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    /// <summary>The message with this UID, or null.</summary>
    public MessageEntry? Find(Uid uid) => IndexOf(uid) is >= 0 and var index ? _entries[index] : null;
}

/// <summary>One message in one mailbox: everything that changes about it, and what lists need.</summary>
/// <param name="Uid">Its number in the mailbox, on this device.</param>
/// <param name="Id">Its id in the account.</param>
/// <param name="Head">The bytes it shows.</param>
/// <param name="Flags">System flags and keywords, compared without regard to case; reserved keywords included.</param>
/// <param name="ModSeq">When it last changed.</param>
/// <param name="InternalDate">When it arrived (RFC 9051 §2.3.3).</param>
/// <param name="Size">Size in octets (RFC 9051 §2.3.4).</param>
/// <param name="SaveDate">When it came into this mailbox on this device (RFC 8514), or null when that was not kept yet.</param>
public sealed record MessageEntry(
    Uid Uid, EntryId Id, HeadId Head, IReadOnlySet<string> Flags, ModSeq ModSeq, DateTimeOffset InternalDate, long Size, DateTimeOffset? SaveDate = null)
{
    /// <summary>Whether a flag is set, whatever its case.</summary>
    public bool Has(string flag) => Flags.Contains(flag);
}
