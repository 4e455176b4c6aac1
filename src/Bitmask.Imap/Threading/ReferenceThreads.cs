namespace Bitmask.Imap.Threading;

/// <summary>REFERENCES (RFC 5256 §3): threads by Message-ID, then by subject for those that lost their references.</summary>
internal sealed class ReferenceThreads
{
    private readonly Dictionary<string, ThreadNode> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<int, ThreadedMessage> _messages;
    private readonly Dictionary<ThreadNode, DateTimeOffset> _dates = [];

    private ReferenceThreads(List<ThreadedMessage> messages) => _messages = messages.ToDictionary(static m => m.Position);

    public static List<ThreadNode> Build(List<ThreadedMessage> messages)
    {
        var threads = new ReferenceThreads(messages);
        var nodes = messages.ConvertAll(threads.Link);

        // 2.–3. The roots, without places that nobody fills.
        var roots = Prune([.. threads._byId.Values.Concat(nodes).Distinct().Where(static n => n.Parent is null)]);

        // 4.–6. Oldest first; then join what has the same subject, and sort all.
        threads.Sort(roots);
        roots = threads.JoinSubjects(roots);
        threads._dates.Clear();
        threads.SortAll(roots);
        return roots;
    }

    /// <summary>1. Every message below the last one it refers to, and those below each other in their order, as far as nothing is known yet.</summary>
    private ThreadNode Link(ThreadedMessage message)
    {
        ThreadNode? above = null;
        foreach (var id in message.Order.References)
        {
            var reference = Place(id);
            if (above is not null && reference.Parent is null && !above.IsWithin(reference))
            {
                reference.MoveTo(above);
            }

            above = reference;
        }

        // A second message with the same id gets a place of its own.
        var node = message.Order.MessageId is { } own && Place(own) is { IsDummy: true } place ? place : new ThreadNode();
        node.Position = message.Position;

        // What others presumed of its parent is void now that it is here itself, even when its own parent would make a loop.
        node.MoveTo(null);
        if (above is not null && !above.IsWithin(node))
        {
            node.MoveTo(above);
        }

        return node;
    }

    private ThreadNode Place(string id)
    {
        if (!_byId.TryGetValue(id, out var node))
        {
            _byId[id] = node = new ThreadNode();
        }

        return node;
    }

    /// <summary>3. A place without children goes; one with children hands them up, to the top only when it has one. From the leaves up, without recursion.</summary>
    private static List<ThreadNode> Prune(List<ThreadNode> roots)
    {
        foreach (var node in Below(roots).AsEnumerable().Reverse())
        {
            if (!node.Children.Exists(static c => c.IsDummy))
            {
                continue;
            }

            var kept = new List<ThreadNode>();
            foreach (var child in node.Children)
            {
                kept.AddRange(child.IsDummy ? child.Children : [child]);
            }

            kept.ForEach(child => child.SetParent(node));
            node.Children = kept;
        }

        var top = new List<ThreadNode>();
        foreach (var root in roots)
        {
            if (!root.IsDummy || root.Children.Count > 1)
            {
                top.Add(root);
            }
            else if (root.Children is [var only])
            {
                only.SetParent(null);
                top.Add(only);
            }
        }

        return top;
    }

    /// <summary>All nodes, each before its children.</summary>
    private static List<ThreadNode> Below(List<ThreadNode> roots)
    {
        var nodes = new List<ThreadNode>(roots);
        for (var i = 0; i < nodes.Count; i++)
        {
            nodes.AddRange(nodes[i].Children);
        }

        return nodes;
    }

    /// <summary>5. Threads whose subjects are the same become one.</summary>
    private List<ThreadNode> JoinSubjects(List<ThreadNode> roots)
    {
        var table = new Dictionary<string, ThreadNode>(StringComparer.Ordinal);
        foreach (var root in roots)
        {
            var subject = Subject(root);
            if (subject.Length == 0)
            {
                continue;
            }

            if (!table.TryGetValue(subject, out var there) || (root.IsDummy && !there.IsDummy) || (IsReply(there) && !IsReply(root)))
            {
                table[subject] = root;
            }
        }

        var joined = new List<ThreadNode>();
        var replaced = new Dictionary<ThreadNode, ThreadNode>();
        foreach (var root in roots)
        {
            if (!table.TryGetValue(Subject(root), out var there) || ReferenceEquals(there, root))
            {
                joined.Add(root);
                continue;
            }

            if (there.IsDummy && root.IsDummy)
            {
                root.Children.ForEach(child => child.SetParent(there));
                there.Children.AddRange(root.Children);
            }
            else if (there.IsDummy || (IsReply(root) && !IsReply(there)))
            {
                root.MoveTo(there);
            }
            else
            {
                // Neither is above the other: both go below a new place, which stands for both from now on.
                var place = new ThreadNode();
                table[Subject(root)] = place;
                replaced[there] = place;
                there.MoveTo(place);
                root.MoveTo(place);
            }
        }

        return joined.ConvertAll(root => replaced.GetValueOrDefault(root, root));
    }

    private string Subject(ThreadNode root) => First(root) is { } message ? message.Order.Subject : "";

    private bool IsReply(ThreadNode root) => !root.IsDummy && _messages[root.Position].Order.IsReply;

    /// <summary>The message of a node, or of a place the first below it.</summary>
    private ThreadedMessage? First(ThreadNode node)
    {
        while (node.IsDummy && node.Children.Count > 0)
        {
            node = node.Children.MinBy(Date)!;
        }

        return node.IsDummy ? null : _messages[node.Position];
    }

    private DateTimeOffset Date(ThreadNode node)
    {
        if (!node.IsDummy)
        {
            return _messages[node.Position].Sent;
        }

        // After pruning only roots are places, and their children are messages.
        if (!_dates.TryGetValue(node, out var date))
        {
            _dates[node] = date = node.Children.Min(c => _messages[c.Position].Sent);
        }

        return date;
    }

    private void SortAll(List<ThreadNode> roots)
    {
        foreach (var node in Below(roots))
        {
            Sort(node.Children);
        }

        Sort(roots);
    }

    private void Sort(List<ThreadNode> siblings)
    {
        if (siblings.Count > 1)
        {
            siblings.Sort((a, b) => Date(a).CompareTo(Date(b)) is not 0 and var order ? order : First(a)!.Position.CompareTo(First(b)!.Position));
        }
    }
}
