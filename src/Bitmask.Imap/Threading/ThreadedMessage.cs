using Bitmask.Mail;

namespace Bitmask.Imap.Threading;

/// <summary>A message to be threaded.</summary>
internal sealed record ThreadedMessage(int Position, DateTimeOffset Sent, MessageOrder Order)
{
    /// <summary>Those at some positions, in the order of the mailbox.</summary>
    public static List<ThreadedMessage> Read(MailAccount account, IReadOnlyList<MessageEntry> messages, List<int> positions)
    {
        var orders = account.Orders([.. positions.Select(i => messages[i])]);
        return [.. positions.Select((position, i) => new ThreadedMessage(position, MessageSorter.Sent(messages[position], orders[i]), orders[i]))];
    }

    /// <summary>The order of siblings: sent date, then the mailbox's (RFC 5256 §3).</summary>
    public static int Compare(ThreadedMessage a, ThreadedMessage b)
        => a.Sent.CompareTo(b.Sent) is not 0 and var order ? order : a.Position.CompareTo(b.Position);
}

/// <summary>ORDEREDSUBJECT, "poor man's threading" (RFC 5256 §3).</summary>
internal static class SubjectThreads
{
    public static List<ThreadNode> Build(List<ThreadedMessage> messages)
    {
        var threads = new List<ThreadNode>();
        foreach (var group in messages.GroupBy(static m => m.Order.Subject).Select(static g => g.Order(Comparer<ThreadedMessage>.Create(ThreadedMessage.Compare)).ToList())
            .Order(Comparer<List<ThreadedMessage>>.Create(static (a, b) => ThreadedMessage.Compare(a[0], b[0]))))
        {
            var root = new ThreadNode { Position = group[0].Position };
            foreach (var message in group.Skip(1))
            {
                new ThreadNode { Position = message.Position }.MoveTo(root);
            }

            threads.Add(root);
        }

        return threads;
    }
}
