namespace Bitmask.Mail;

/// <summary>A mailbox as this device knows it.</summary>
/// <param name="Id">Its id, the same on all devices and under every name.</param>
/// <param name="Name">Full name; <c>/</c> separates levels, the inbox is always <c>INBOX</c>.</param>
/// <param name="SpecialUse">Its use by RFC 6154 (one of <see cref="Mail.SpecialUse"/>), or null.</param>
/// <param name="IsSubscribed">Whether its name is subscribed to.</param>
/// <param name="Created">When it was made; for display only.</param>
/// <param name="UidValidity">The life of its UIDs on this device.</param>
public sealed record Mailbox(MailboxId Id, string Name, string? SpecialUse, bool IsSubscribed, DateTimeOffset Created, UidValidity UidValidity)
{
    /// <summary>The hierarchy delimiter.</summary>
    public const char Delimiter = '/';

    /// <summary>The name of the mailbox that mail arrives in.</summary>
    public const string Inbox = "INBOX";
}

/// <summary>Counts of a mailbox, kept as counters: reading them costs the same for every size (RFC 9051 §6.3.11).</summary>
/// <param name="Messages">Number of messages.</param>
/// <param name="Unseen">Number of messages without <c>\Seen</c>.</param>
/// <param name="Deleted">Number of messages with <c>\Deleted</c>.</param>
/// <param name="Size">Sum of the messages' sizes in octets (RFC 8438).</param>
/// <param name="UidNext">The UID that the next message will get, at least.</param>
/// <param name="UidValidity">The life of the UIDs on this device.</param>
/// <param name="HighestModSeq">The highest mod-sequence of any change to its messages.</param>
public sealed record MailboxStatus(int Messages, int Unseen, int Deleted, long Size, Uid UidNext, UidValidity UidValidity, ModSeq HighestModSeq)
{
    /// <summary>Always 0: messages are recent in no session (as in RFC 9051, which dropped the flag).</summary>
    public int Recent => 0;
}

/// <summary>The special uses of RFC 6154 §2 that an account has mailboxes for.</summary>
public static class SpecialUse
{
    /// <summary>Copies of sent mail.</summary>
    public const string Sent = "\\Sent";

    /// <summary>Unfinished mail.</summary>
    public const string Drafts = "\\Drafts";

    /// <summary>Mail to be deleted.</summary>
    public const string Trash = "\\Trash";

    /// <summary>Mail that is done with.</summary>
    public const string Archive = "\\Archive";

    /// <summary>Unwanted mail.</summary>
    public const string Junk = "\\Junk";

    /// <summary>The names that an account's special mailboxes are made with, INBOX first (null use).</summary>
    public static IReadOnlyList<(string Name, string? Use)> Standard { get; } =
    [
        (Mailbox.Inbox, null), ("Sent", Sent), ("Drafts", Drafts), ("Trash", Trash), ("Archive", Archive), ("Junk", Junk),
    ];
}
