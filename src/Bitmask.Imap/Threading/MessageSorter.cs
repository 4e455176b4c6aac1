using Bitmask.Mail;

namespace Bitmask.Imap.Threading;

/// <summary>Orders messages (RFC 5256 §3).</summary>
internal static class MessageSorter
{
    /// <summary>The positions in the order of the criteria; ties stay in the order of the mailbox.</summary>
    public static IReadOnlyList<int> Sort(MailAccount account, IReadOnlyList<MessageEntry> messages, List<int> positions, IReadOnlyList<SortKey> keys)
    {
        if (keys is [var only] && IsNumber(only))
        {
            return SortByNumber(account, messages, positions, only);
        }

        var orders = keys.All(IsNumber) ? null : account.Orders([.. positions.Select(i => messages[i])]);
        var items = new Item[positions.Count];
        for (var i = 0; i < items.Length; i++)
        {
            var message = messages[positions[i]];
            items[i] = new Item(positions[i], [.. keys.Select(key => IsNumber(key) ? Number(account, message, key) : 0)], orders?[i]);
        }

        Array.Sort(items, (a, b) => Compare(a, b, keys));
        return [.. items.Select(static i => i.Position)];
    }

    /// <summary>When a message was sent; when nothing says so, when it arrived (RFC 5256 §2.2).</summary>
    public static DateTimeOffset Sent(MessageEntry message, MessageOrder order) => order.Sent ?? message.InternalDate;

    private static bool IsNumber(SortKey key) => key.Name is "ARRIVAL" or "SIZE" or "DATE";

    /// <summary>A number that the messages are in the order of, without a look at what they say.</summary>
    private static long Number(MailAccount account, MessageEntry message, SortKey key)
    {
        var number = key.Name switch
        {
            "ARRIVAL" => message.InternalDate.UtcTicks,
            "SIZE" => message.Size,
            _ => (account.SentAt(message) ?? message.InternalDate).UtcTicks,
        };
        return key.Reverse ? -number : number;
    }

    private static int[] SortByNumber(MailAccount account, IReadOnlyList<MessageEntry> messages, List<int> positions, SortKey key)
    {
        var numbers = new long[positions.Count];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = Number(account, messages[positions[i]], key);
        }

        int[] sorted = [.. positions];
        Array.Sort(numbers, sorted);

        // It leaves equal ones in any order.
        for (var (first, next) = (0, 1); first < sorted.Length; (first, next) = (next, next + 1))
        {
            while (next < sorted.Length && numbers[next] == numbers[first])
            {
                next++;
            }

            Array.Sort(sorted, first, next - first);
        }

        return sorted;
    }

    private static int Compare(Item a, Item b, IReadOnlyList<SortKey> keys)
    {
        for (var i = 0; i < keys.Count; i++)
        {
            var order = keys[i].Name switch
            {
                "SUBJECT" => string.CompareOrdinal(a.Order!.Subject, b.Order!.Subject),
                "FROM" => string.CompareOrdinal(a.Order!.From, b.Order!.From),
                "TO" => string.CompareOrdinal(a.Order!.To, b.Order!.To),
                "CC" => string.CompareOrdinal(a.Order!.Cc, b.Order!.Cc),
                _ => 0,
            };
            order = order == 0 ? a.Numbers[i].CompareTo(b.Numbers[i]) : keys[i].Reverse ? -order : order;
            if (order != 0)
            {
                return order;
            }
        }

        return a.Position.CompareTo(b.Position);
    }

    private readonly record struct Item(int Position, long[] Numbers, MessageOrder? Order);
}
