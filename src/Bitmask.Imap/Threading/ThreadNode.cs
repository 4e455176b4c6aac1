using Bitmask.Imap.Protocol;

namespace Bitmask.Imap.Threading;

/// <summary>A message in a thread, or a place for one that is not here (RFC 5256 §3, REFERENCES).</summary>
internal sealed class ThreadNode
{
    /// <summary>Position in the mailbox; −1 for a message that is not here.</summary>
    public int Position { get; set; } = -1;

    /// <summary>A place that no message fills.</summary>
    public bool IsDummy => Position < 0;

    public ThreadNode? Parent { get; private set; }

    public List<ThreadNode> Children { get; set; } = [];

    /// <summary>Whether another node is this one or above it.</summary>
    public bool IsWithin(ThreadNode other)
    {
        for (var node = this; node is not null; node = node.Parent)
        {
            if (ReferenceEquals(node, other))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Puts this below another node, or nowhere.</summary>
    public void MoveTo(ThreadNode? parent)
    {
        Parent?.Children.Remove(this);
        Parent = parent;
        parent?.Children.Add(this);
    }

    /// <summary>Forgets what is above, the list there being dealt with by the caller.</summary>
    public void SetParent(ThreadNode? parent) => Parent = parent;

    /// <summary>
    /// Writes a thread-list (RFC 5256 §5). Without recursion: how deep threads go is up to whoever sends mail.
    /// </summary>
    public void Write(ResponseWriter writer, Func<int, long> number)
    {
        var open = new Stack<ThreadNode?>([this]);
        while (open.TryPop(out var node))
        {
            if (node is null)
            {
                writer.Raw(")"u8);
                continue;
            }

            writer.Raw("("u8);
            var first = true;
            while (true)
            {
                if (!node.IsDummy)
                {
                    writer.Raw(first ? ""u8 : " "u8);
                    writer.Number(number(node.Position));
                    first = false;
                }

                if (node.Children is not [var only])
                {
                    break;
                }

                node = only;
            }

            writer.Raw(node.Children.Count > 0 && !first ? " "u8 : ""u8);
            open.Push(null);
            for (var i = node.Children.Count - 1; i >= 0; i--)
            {
                open.Push(node.Children[i]);
            }
        }
    }
}
