namespace Bitmask.Mail;

/// <summary>What messages are searched for: a tree of conditions.</summary>
public abstract record SearchCondition
{
    private SearchCondition()
    {
    }

    /// <summary>Every message.</summary>
    public sealed record Everything : SearchCondition;

    /// <summary>The message holds a text.</summary>
    /// <param name="Condition">The text and where it is looked for.</param>
    public sealed record Holds(TextCondition Condition) : SearchCondition;

    /// <summary>A flag or keyword is set, or is not.</summary>
    /// <param name="Name">Such as <see cref="MessageFlags.Seen"/>, in any case.</param>
    /// <param name="IsSet">Whether it is to be set.</param>
    public sealed record Flagged(string Name, bool IsSet = true) : SearchCondition;

    /// <summary>The message has a tag.</summary>
    /// <param name="Tag">The tag, in any case.</param>
    public sealed record Tagged(string Tag) : SearchCondition;

    /// <summary>The message belongs to a conversation.</summary>
    /// <param name="Thread">The conversation.</param>
    public sealed record InThread(ThreadId Thread) : SearchCondition;

    /// <summary>The message arrived within a time.</summary>
    /// <param name="Since">Then or later; null for no bound.</param>
    /// <param name="Before">Earlier than this; null for no bound.</param>
    public sealed record Arrived(DateTimeOffset? Since, DateTimeOffset? Before) : SearchCondition;

    /// <summary>The message's size is within bounds.</summary>
    /// <param name="Least">Octets at least; null for no bound.</param>
    /// <param name="Most">Octets at most; null for no bound.</param>
    public sealed record Sized(long? Least, long? Most) : SearchCondition;

    /// <summary>The opposite.</summary>
    /// <param name="Condition">Of this.</param>
    public sealed record Not(SearchCondition Condition) : SearchCondition;

    /// <summary>All of them; with none, every message.</summary>
    /// <param name="Conditions">The conditions.</param>
    public sealed record And(params IReadOnlyList<SearchCondition> Conditions) : SearchCondition;

    /// <summary>Any of them; with none, no message.</summary>
    /// <param name="Conditions">The conditions.</param>
    public sealed record Or(params IReadOnlyList<SearchCondition> Conditions) : SearchCondition;
}

/// <summary>A message that was found.</summary>
/// <param name="Mailbox">The mailbox it is in.</param>
/// <param name="Entry">The message.</param>
public sealed record SearchHit(MailboxId Mailbox, MessageEntry Entry);
