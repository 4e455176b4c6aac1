using System.Text;

namespace Bitmask.Mail;

/// <summary>The rules of mailbox names (RFC 9051 §5.1): levels separated by <c>/</c>, the first level INBOX in any case.</summary>
internal static class MailboxName
{
    private const int MaxOctets = 1000;

    /// <summary>The name as it is stored; null when it can not be one.</summary>
    public static string? Normalise(string name)
    {
        var first = name.IndexOf(Mailbox.Delimiter, StringComparison.Ordinal) is >= 0 and var end ? name[..end] : name;
        if (first.Equals(Mailbox.Inbox, StringComparison.OrdinalIgnoreCase))
        {
            name = Mailbox.Inbox + name[first.Length..];
        }

        return IsValid(name) ? name : null;
    }

    /// <summary>Whether a stored name is one.</summary>
    public static bool IsValid(string? name)
        => !string.IsNullOrEmpty(name)
            && !name.Any(char.IsControl)
            && Encoding.UTF8.GetByteCount(name) <= MaxOctets
            && name.Split(Mailbox.Delimiter).All(level => level.Length > 0);

    /// <summary>Whether <paramref name="name"/> is below <paramref name="parent"/>; a common beginning is not enough.</summary>
    public static bool IsBelow(string name, string parent)
        => name.Length > parent.Length && name[parent.Length] == Mailbox.Delimiter && name.StartsWith(parent, StringComparison.Ordinal);
}
