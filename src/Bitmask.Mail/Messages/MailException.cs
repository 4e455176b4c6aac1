namespace Bitmask.Mail;

/// <summary>Why a mailbox operation was refused.</summary>
public enum MailError
{
    /// <summary>There is no such mailbox.</summary>
    MailboxNotFound,

    /// <summary>A mailbox of this name exists.</summary>
    MailboxExists,

    /// <summary>The name can not be a mailbox's name.</summary>
    InvalidName,

    /// <summary>The operation is not allowed on this mailbox or with this flag.</summary>
    NotAllowed,

    /// <summary>There is no such message.</summary>
    MessageNotFound,

    /// <summary>A mailbox can not get the special use that was asked for.</summary>
    UseNotPossible,

    /// <summary>The mailbox has given out all of its 2³²−1 UIDs.</summary>
    UidsExhausted,
}

/// <summary>The account refuses an operation; nothing was changed. The text is fit to show to a person.</summary>
public sealed class MailException(MailError error, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public MailError Error { get; } = error;
}

/// <summary>The stored octets of a message are not those that were filed: their SHA-256 differs, or a part is missing. Other messages are not affected.</summary>
public sealed class MessageDamagedException(EntryId entry, string reason)
    : IOException($"Message {entry} can not be shown: {reason} It stays where it is; another device may still have it whole.")
{
    /// <summary>The message.</summary>
    public EntryId Entry { get; } = entry;
}

/// <summary>A part of a message is not on this device and could not be fetched: there is no connection, or the provider does not give it out. Other messages, and the other parts of this one, are not affected.</summary>
public sealed class MessageUnavailableException(EntryId entry, Exception inner)
    : IOException($"A part of message {entry} is not on this device: {inner.Message}", inner)
{
    /// <summary>The message.</summary>
    public EntryId Entry { get; } = entry;
}
