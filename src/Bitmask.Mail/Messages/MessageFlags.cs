namespace Bitmask.Mail;

/// <summary>The names of system flags (RFC 9051 §2.3.2) and of the keywords that only the account itself sets (security.md A10).</summary>
public static class MessageFlags
{
    /// <summary>The message was read.</summary>
    public const string Seen = "\\Seen";

    /// <summary>The message was answered.</summary>
    public const string Answered = "\\Answered";

    /// <summary>The message is marked for attention.</summary>
    public const string Flagged = "\\Flagged";

    /// <summary>The message goes with the next expunge.</summary>
    public const string Deleted = "\\Deleted";

    /// <summary>The message is not finished.</summary>
    public const string Draft = "\\Draft";

    /// <summary>Reserved: the message came encrypted to the account's own key by its sender.</summary>
    public const string Encrypted = "$Encrypted";

    /// <summary>Reserved: a signature was good when the message was filed.</summary>
    public const string SignedValid = "$SignedValid";

    /// <summary>Reserved: a signature was bad when the message was filed.</summary>
    public const string SignedBad = "$SignedBad";

    /// <summary>The system flags that can be stored, in the order of their bits.</summary>
    public static IReadOnlyList<string> System { get; } = [Seen, Answered, Flagged, Deleted, Draft];

    /// <summary>The keywords that follow from a message's security facts: shown, never set by a client.</summary>
    public static IReadOnlyList<string> Reserved { get; } = [Encrypted, SignedValid, SignedBad];

    /// <summary>Whether a keyword belongs to the account itself: STORE answers NO, APPEND drops it.</summary>
    public static bool IsReserved(string flag) => Reserved.Contains(flag, StringComparer.OrdinalIgnoreCase);
}

/// <summary>What <see cref="MailAccount.ChangeFlagsAsync"/> does with the given flags.</summary>
public enum FlagChange
{
    /// <summary>Sets them beside those that are set.</summary>
    Add,

    /// <summary>Clears them.</summary>
    Remove,

    /// <summary>Sets exactly them; reserved keywords stay.</summary>
    Replace,
}
