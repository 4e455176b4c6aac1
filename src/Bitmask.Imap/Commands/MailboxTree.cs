using Bitmask.Imap.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>A name in the hierarchy: a mailbox, or a level that only its children give rise to.</summary>
internal sealed class MailboxNode(string name)
{
    /// <summary>Full name.</summary>
    public string Name { get; } = name;

    /// <summary>The mailbox, or null for a mere level.</summary>
    public Mailbox? Mailbox { get; set; }

    /// <summary>There is a mailbox below.</summary>
    public bool HasChildren { get; set; }

    /// <summary>There is a subscribed name below.</summary>
    public bool HasSubscribedChildren { get; set; }

    /// <summary>The user subscribed to it; a name that is subscribed to may have no mailbox.</summary>
    public bool IsSubscribed { get; set; }

    /// <summary>It is a mailbox or above one; otherwise there is nothing but the subscription to it, or to something below.</summary>
    public bool Exists => Mailbox is not null || HasChildren;
}

/// <summary>All names of an account with what LIST says of them.</summary>
internal static class MailboxTree
{
    /// <summary>Builds the names, those included that are only subscribed to: INBOX first, then by name.</summary>
    public static IReadOnlyCollection<MailboxNode> Build(MailAccount account) => Build(account.Mailboxes(), account.Subscriptions());

    /// <summary>As above, of what is at hand.</summary>
    public static IReadOnlyCollection<MailboxNode> Build(IReadOnlyList<Mailbox> mailboxes, IReadOnlyList<string> subscriptions)
    {
        var nodes = new SortedDictionary<string, MailboxNode>(Comparer<string>.Create(Order));
        foreach (var mailbox in mailboxes)
        {
            Node(nodes, mailbox.Name).Mailbox = mailbox;
            foreach (var above in Above(mailbox.Name))
            {
                Node(nodes, above).HasChildren = true;
            }
        }

        foreach (var name in subscriptions)
        {
            Node(nodes, name).IsSubscribed = true;
            foreach (var above in Above(name))
            {
                Node(nodes, above).HasSubscribedChildren = true;
            }
        }

        return nodes.Values;
    }

    /// <summary>The names of the levels above a name, the nearest first.</summary>
    public static IEnumerable<string> Above(string name)
    {
        for (var cut = name.LastIndexOf(MailboxName.Separator); cut > 0; cut = name.LastIndexOf(MailboxName.Separator, cut - 1))
        {
            yield return name[..cut];
        }
    }

    private static MailboxNode Node(SortedDictionary<string, MailboxNode> nodes, string name)
    {
        if (!nodes.TryGetValue(name, out var node))
        {
            nodes[name] = node = new MailboxNode(name);
        }

        return node;
    }

    private static int Order(string a, string b)
        => a == b ? 0 : a == MailboxName.Inbox ? -1 : b == MailboxName.Inbox ? 1 : string.CompareOrdinal(a, b);
}
