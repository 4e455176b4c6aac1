namespace Bitmask.Mail;

/// <summary>What happened.</summary>
public enum MailChangeKind
{
    /// <summary>A message appeared in a mailbox.</summary>
    MessageAdded = 1,

    /// <summary>A message's flags changed.</summary>
    MessageChanged = 2,

    /// <summary>A message left a mailbox (expunged, moved away, or deleted on another device).</summary>
    MessageRemoved = 3,

    /// <summary>A mailbox appeared.</summary>
    MailboxAdded = 4,

    /// <summary>A mailbox was renamed or changed its use.</summary>
    MailboxChanged = 5,

    /// <summary>A mailbox is gone.</summary>
    MailboxRemoved = 6,

    /// <summary>A row of the outbox changed; no mailbox is concerned.</summary>
    OutboxChanged = 7,

    /// <summary>A name was subscribed to or unsubscribed; the mailbox is the one that has the name, if one has.</summary>
    SubscriptionChanged = 8,
}

/// <summary>One change of the account: ids and a number, never content.</summary>
/// <param name="Sequence">Number of the change; ascending, in the same transaction as the change.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Mailbox">The mailbox concerned, or the default for none.</param>
/// <param name="Entry">The message concerned, or null.</param>
/// <param name="Uid">The UID that the message has, or had, in <paramref name="Mailbox"/>.</param>
public sealed record MailChange(long Sequence, MailChangeKind Kind, MailboxId Mailbox, EntryId? Entry, Uid? Uid);
