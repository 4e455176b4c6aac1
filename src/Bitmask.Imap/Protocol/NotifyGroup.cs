namespace Bitmask.Imap.Protocol;

/// <summary>What a client can ask to be told of (RFC 5465 §5).</summary>
[Flags]
internal enum NotifyEvents
{
    None = 0,
    MessageNew = 1,
    MessageExpunge = 2,
    FlagChange = 4,
    MailboxName = 8,
    SubscriptionChange = 16,

    /// <summary>Those of messages.</summary>
    Messages = MessageNew | MessageExpunge | FlagChange,

    /// <summary>Those of mailboxes.</summary>
    Mailboxes = MailboxName | SubscriptionChange,
}

/// <summary>Of which mailboxes (RFC 5465 §6).</summary>
internal enum NotifyFilter
{
    /// <summary>The selected one, at once.</summary>
    Selected,

    /// <summary>The selected one; removals wait for a command that allows them.</summary>
    SelectedDelayed,

    /// <summary>All of them; mail may be delivered to any, so INBOXES means the same.</summary>
    Personal,

    /// <summary>Those whose names are subscribed to at that moment.</summary>
    Subscribed,

    /// <summary>Some, and all below.</summary>
    Subtree,

    /// <summary>Some.</summary>
    Mailboxes,
}

/// <summary>event-group (RFC 5465 §8).</summary>
/// <param name="Filter">Which mailboxes.</param>
/// <param name="Names">Those of SUBTREE and MAILBOXES.</param>
/// <param name="Events">What of them.</param>
/// <param name="NewItems">What to tell of new messages in the selected mailbox.</param>
/// <param name="HasUnknown">An event was asked for that is not known here.</param>
internal sealed record NotifyGroup(NotifyFilter Filter, IReadOnlyList<string> Names, NotifyEvents Events, IReadOnlyList<FetchItem> NewItems, bool HasUnknown)
{
    /// <summary>The group is about the selected mailbox.</summary>
    public bool IsSelected => Filter is NotifyFilter.Selected or NotifyFilter.SelectedDelayed;

    /// <summary>Whether a mailbox of this name is meant.</summary>
    public bool Matches(string name, Func<string, bool> isSubscribed) => Filter switch
    {
        NotifyFilter.Personal => true,
        NotifyFilter.Subscribed => isSubscribed(name),
        NotifyFilter.Subtree => Names.Any(top => name == top || (name.Length > top.Length && name[top.Length] == MailboxName.Separator && name.StartsWith(top, StringComparison.Ordinal))),
        NotifyFilter.Mailboxes => Names.Contains(name),
        _ => false,
    };

    public static NotifyGroup Parse(CommandScanner scanner)
    {
        scanner.Expect((byte)'(');
        var filter = scanner.Keyword() switch
        {
            "SELECTED" => NotifyFilter.Selected,
            "SELECTED-DELAYED" => NotifyFilter.SelectedDelayed,
            "INBOXES" or "PERSONAL" => NotifyFilter.Personal,
            "SUBSCRIBED" => NotifyFilter.Subscribed,
            "SUBTREE" => NotifyFilter.Subtree,
            "MAILBOXES" => NotifyFilter.Mailboxes,
            _ => throw new ImapSyntaxException("Unknown mailbox filter"),
        };
        scanner.Space();
        List<string> names = [];
        if (filter is NotifyFilter.Subtree or NotifyFilter.Mailboxes)
        {
            names = scanner.Peek == (byte)'(' ? scanner.List(static s => s.Mailbox()) : [scanner.Mailbox()];
            scanner.Space();
        }

        var (events, items, hasUnknown) = (NotifyEvents.None, new List<FetchItem>(), false);
        if (!scanner.TryWord("NONE"))
        {
            scanner.List(s =>
            {
                var one = Event(s, items);
                hasUnknown |= one is null;
                return events |= one ?? NotifyEvents.None;
            });
        }

        scanner.Expect((byte)')');
        var group = new NotifyGroup(filter, names, events, items, hasUnknown);
        group.Validate();
        return group;
    }

    private void Validate()
    {
        const NotifyEvents pair = NotifyEvents.MessageNew | NotifyEvents.MessageExpunge;
        if ((Events & NotifyEvents.Messages) != 0 && (Events & pair) != pair)
        {
            throw new ImapSyntaxException("MessageNew and MessageExpunge belong together, and FlagChange to both (RFC 5465 section 5)");
        }

        if (IsSelected ? (Events & NotifyEvents.Mailboxes) != 0 : NewItems.Count > 0)
        {
            throw new ImapSyntaxException(IsSelected ? "Only events of messages go with SELECTED" : "Items of new messages go with SELECTED only");
        }
    }

    private static NotifyEvents? Event(CommandScanner scanner, List<FetchItem> items)
    {
        switch (scanner.Atom().ToUpperInvariant())
        {
            case "MESSAGENEW":
                if (scanner.PeekIs(" ("))
                {
                    scanner.Space();
                    items.AddRange(FetchItem.ParseList(scanner).Select(Peeking));
                }

                return NotifyEvents.MessageNew;
            case "MESSAGEEXPUNGE":
                return NotifyEvents.MessageExpunge;
            case "FLAGCHANGE":
                return NotifyEvents.FlagChange;
            case "MAILBOXNAME":
                return NotifyEvents.MailboxName;
            case "SUBSCRIPTIONCHANGE":
                return NotifyEvents.SubscriptionChange;
            default:
                return null;
        }
    }

    /// <summary>What nobody has asked for at that moment is not read by anybody: it sets no \Seen.</summary>
    private static FetchItem Peeking(FetchItem item) => item switch
    {
        FetchItem.Section section => section with { Peek = true },
        FetchItem.Binary binary => binary with { Peek = true },
        _ => item,
    };
}
