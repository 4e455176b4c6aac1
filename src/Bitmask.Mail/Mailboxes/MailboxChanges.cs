namespace Bitmask.Mail;

/// <summary>What changed in a mailbox since a moment.</summary>
/// <param name="Changed">Messages that came or changed, as they are now, in the order of their UIDs.</param>
/// <param name="Removed">UIDs that are gone, ascending; some of them may never have been known.</param>
/// <param name="HighestModSeq">What to ask from next time.</param>
public sealed record MailboxChanges(IReadOnlyList<MessageEntry> Changed, IReadOnlyList<Uid> Removed, ModSeq HighestModSeq);
