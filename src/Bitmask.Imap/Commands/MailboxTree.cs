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

    /// <summary>There is a subscribed mailbox below.</summary>
    public bool HasSubscribedChildren { get; set; }

    /// <summary>There is a mailbox with a special use below.</summary>
    public bool HasSpecialChildren { get; set; }

    /// <summary>The client subscribed to it.</summary>
    public bool IsSubscribed => Mailbox is { IsSubscribed: true };
}

/// <summary>All names of an account with what LIST says of them.</summary>
internal static class MailboxTree
{
    /// <summary>Builds the names: INBOX first, then by name.</summary>
    public static IReadOnlyCollection<MailboxNode> Build(IReadOnlyList<Mailbox> mailboxes)
    {
        var nodes = new SortedDictionary<string, MailboxNode>(Comparer<string>.Create(Order));
        foreach (var mailbox in mailboxes)
        {
            Node(nodes, mailbox.Name).Mailbox = mailbox;
            for (var cut = mailbox.Name.LastIndexOf(MailboxName.Separator); cut > 0; cut = mailbox.Name.LastIndexOf(MailboxName.Separator, cut - 1))
            {
                var parent = Node(nodes, mailbox.Name[..cut]);
                parent.HasChildren = true;
                parent.HasSubscribedChildren |= mailbox.IsSubscribed;
                parent.HasSpecialChildren |= mailbox.SpecialUse is not null;
            }
        }

        return nodes.Values;
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
