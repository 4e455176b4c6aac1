namespace Bitmask.Mail;

/// <summary>
/// A mailbox at one moment: what SELECT sees. Immutable, shared by all who look at the same moment; a later moment is another
/// view (<see cref="MailAccount.Open"/> again), made from this one and the changes since.
/// </summary>
public sealed class MailboxView
{
    internal MailboxView(Mailbox mailbox, MessageList entries, Uid uidNext, ModSeq highestModSeq)
    {
        Mailbox = mailbox;
        Entries = entries;
        UidNext = uidNext;
        HighestModSeq = highestModSeq;
    }

    /// <summary>The mailbox.</summary>
    public Mailbox Mailbox { get; }

    /// <summary>All messages in the order of their UIDs; position + 1 is the message sequence number.</summary>
    public MessageList Entries { get; }

    /// <summary>The UID that the next message will get, at least.</summary>
    public Uid UidNext { get; }

    /// <summary>The highest mod-sequence of any change in it, removals included.</summary>
    public ModSeq HighestModSeq { get; }

    /// <summary>The position of a UID in <see cref="Entries"/>, or a negative number: the complement of where it would stand.</summary>
    public int IndexOf(Uid uid) => Entries.IndexOf(uid);

    /// <summary>The message with this UID, or null.</summary>
    public MessageEntry? Find(Uid uid) => IndexOf(uid) is >= 0 and var index ? Entries[index] : null;
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
    /// <summary><see cref="OrderTable.Pack"/> of its Date field, or null when that is not kept with it.</summary>
    internal long? PackedSent { get; init; }

    /// <summary>Whether a flag is set, whatever its case.</summary>
    public bool Has(string flag) => Flags.Contains(flag);
}
