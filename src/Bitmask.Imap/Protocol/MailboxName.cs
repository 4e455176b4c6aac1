namespace Bitmask.Imap.Protocol;

/// <summary>Mailbox names between the wire (modified UTF-7) and the store (Unicode).</summary>
internal static class MailboxName
{
    /// <summary>The hierarchy separator.</summary>
    public const char Separator = '/';

    /// <summary>The primary mailbox, in any case on the wire (RFC 3501 §5.1).</summary>
    public const string Inbox = "INBOX";

    // No mailbox has a control character in its name.
    private const string Impossible = "\0";

    /// <summary>
    /// From the wire; INBOX, alone or as the first level, is brought to upper case. What is not modified UTF-7 names no mailbox, now or
    /// later: that is for the command to say, the syntax is right.
    /// </summary>
    public static string Decode(string wire, bool utf8 = false)
    {
        var name = wire;
        if (!utf8 && !ModifiedUtf7.TryDecode(wire, out name))
        {
            return Impossible + wire;
        }

        return name.StartsWith(Inbox, StringComparison.OrdinalIgnoreCase) && (name.Length == Inbox.Length || name[Inbox.Length] == Separator)
            ? Inbox + name[Inbox.Length..]
            : name;
    }

    /// <summary>To the wire.</summary>
    public static string Encode(string name) => ModifiedUtf7.Encode(name);
}
