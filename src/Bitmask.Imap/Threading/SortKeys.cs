using Bitmask.Imap.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Threading;

/// <summary>One criterion of SORT.</summary>
internal readonly record struct SortKey(string Name, bool Reverse)
{
    /// <summary>Reads the criteria in parentheses (RFC 5256 §5, sort-criteria).</summary>
    public static List<SortKey> ParseList(CommandScanner scanner)
    {
        const int max = 100;
        var keys = scanner.List(static s =>
        {
            var name = s.Keyword();
            var reverse = name == "REVERSE";
            if (reverse)
            {
                s.Space();
                name = s.Keyword();
            }

            return name is "ARRIVAL" or "CC" or "DATE" or "FROM" or "SIZE" or "SUBJECT" or "TO"
                ? new SortKey(name, reverse)
                : throw new ImapSyntaxException("Unknown sort criterion");
        });
        return keys.Count <= max ? keys : throw new ImapSyntaxException("Too many sort criteria");
    }
}

/// <summary>Orders messages (RFC 5256 §3).</summary>
internal static class MessageSorter
{
    /// <summary>The positions in the order of the criteria; ties stay in the order of the mailbox.</summary>
    public static List<int> Sort(MailAccount account, IReadOnlyList<MessageEntry> messages, List<int> positions, IReadOnlyList<SortKey> keys)
    {
        var items = new Item[positions.Count];
        var needsOrders = keys.Any(static k => k.Name is not ("ARRIVAL" or "SIZE"));
        var orders = needsOrders ? account.Orders([.. positions.Select(i => messages[i])]) : null;
        for (var i = 0; i < items.Length; i++)
        {
            items[i] = new Item(positions[i], messages[positions[i]], orders?[i]);
        }

        Array.Sort(items, (a, b) => Compare(a, b, keys));
        return [.. items.Select(static i => i.Position)];
    }

    /// <summary>When a message was sent; when nothing says so, when it arrived (RFC 5256 §2.2).</summary>
    public static DateTimeOffset Sent(MessageEntry message, MessageOrder order) => order.Sent ?? message.InternalDate;

    private static int Compare(Item a, Item b, IReadOnlyList<SortKey> keys)
    {
        foreach (var key in keys)
        {
            var order = key.Name switch
            {
                "ARRIVAL" => a.Message.InternalDate.CompareTo(b.Message.InternalDate),
                "SIZE" => a.Message.Size.CompareTo(b.Message.Size),
                "DATE" => Sent(a.Message, a.Order!).CompareTo(Sent(b.Message, b.Order!)),
                "SUBJECT" => string.CompareOrdinal(a.Order!.Subject, b.Order!.Subject),
                "FROM" => string.CompareOrdinal(a.Order!.From, b.Order!.From),
                "TO" => string.CompareOrdinal(a.Order!.To, b.Order!.To),
                _ => string.CompareOrdinal(a.Order!.Cc, b.Order!.Cc),
            };
            if (order != 0)
            {
                return key.Reverse ? -order : order;
            }
        }

        return a.Position.CompareTo(b.Position);
    }

    private readonly record struct Item(int Position, MessageEntry Message, MessageOrder? Order);
}
