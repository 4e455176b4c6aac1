using System.Collections;

namespace Bitmask.Mail;

/// <summary>
/// The messages of a mailbox at one moment, in the order of their UIDs. It never changes. A later list shares with it, block by block, what is the same: a change of one message of a hundred
/// thousand costs one block, and who compares the two need not look at the others.
/// </summary>
public sealed class MessageList : IReadOnlyList<MessageEntry>
{
    private const int BlockBits = 9;
    private const int BlockSize = 1 << BlockBits;
    private const int WithinBlock = BlockSize - 1;

    // All of BlockSize messages but the last.
    private readonly MessageEntry[][] _blocks;

    private MessageList(MessageEntry[][] blocks)
    {
        _blocks = blocks;
        Count = blocks.Length == 0 ? 0 : ((blocks.Length - 1) << BlockBits) + blocks[^1].Length;
    }

    /// <summary>No messages.</summary>
    public static MessageList Empty { get; } = new([]);

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public MessageEntry this[int index] => _blocks[index >> BlockBits][index & WithinBlock];

    /// <summary>The position of a UID, or a negative number: the complement of where it would stand.</summary>
    public int IndexOf(Uid uid)
    {
        var (low, high) = (0, Count - 1);
        while (low <= high)
        {
            var middle = (int)(((uint)low + (uint)high) >> 1);
            var order = this[middle].Uid.CompareTo(uid);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    /// <summary>A position up to which, from <paramref name="position"/> on, both lists are known to have the same messages at the same places; <paramref name="position"/> itself when nothing is known.</summary>
    public int SameUntil(MessageList other, int position)
    {
        ArgumentNullException.ThrowIfNull(other);
        var block = position >> BlockBits;
        return (position & WithinBlock) == 0 && block < _blocks.Length && block < other._blocks.Length && ReferenceEquals(_blocks[block], other._blocks[block])
            ? position + _blocks[block].Length
            : position;
    }

    /// <summary>The list after changes.</summary>
    /// <param name="changed">In the order of UIDs: in the place of those that are here, or added.</param>
    /// <param name="removed">UIDs that are left out.</param>
    public MessageList With(IReadOnlyList<MessageEntry> changed, IReadOnlySet<Uid> removed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        ArgumentNullException.ThrowIfNull(removed);

        // 1. Blocks before the first place that is another's afterwards stay, but for the messages that changed in them.
        var from = FirstMoved(changed, removed);
        var blocks = new List<MessageEntry[]>(_blocks.Length + 1);
        blocks.AddRange(_blocks.AsSpan(0, (from + WithinBlock) >> BlockBits));
        var next = 0;
        for (; next < changed.Count && IndexOf(changed[next].Uid) is >= 0 and var position && position < from; next++)
        {
            var block = position >> BlockBits;
            if (ReferenceEquals(blocks[block], _blocks[block]))
            {
                blocks[block] = [.. _blocks[block]];
            }

            blocks[block][position & WithinBlock] = changed[next];
        }

        // 2. What comes after is put together anew.
        var rest = new List<MessageEntry>();
        for (var i = from; i < Count; i++)
        {
            for (; next < changed.Count && changed[next].Uid < this[i].Uid; next++)
            {
                rest.Add(changed[next]);
            }

            if (next < changed.Count && changed[next].Uid == this[i].Uid)
            {
                rest.Add(changed[next++]);
            }
            else if (!removed.Contains(this[i].Uid))
            {
                rest.Add(this[i]);
            }
        }

        rest.AddRange(changed.Skip(next));
        blocks.AddRange(rest.Chunk(BlockSize));
        return new MessageList([.. blocks]);
    }

    /// <summary>Enumerates the messages.</summary>
    public IEnumerator<MessageEntry> GetEnumerator()
    {
        foreach (var block in _blocks)
        {
            foreach (var message in block)
            {
                yield return message;
            }
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Messages in the order of UIDs, each once.</summary>
    internal static MessageList Of(IEnumerable<MessageEntry> messages) => new([.. messages.Chunk(BlockSize)]);

    /// <summary>The start of the block in which the first message goes or comes; the number of messages when none does.</summary>
    private int FirstMoved(IReadOnlyList<MessageEntry> changed, IReadOnlySet<Uid> removed)
    {
        var (from, isMoved) = (Count, false);
        foreach (var place in changed.Select(entry => IndexOf(entry.Uid)).Where(static place => place < 0).Select(static place => ~place)
            .Concat(removed.Select(IndexOf).Where(static place => place >= 0)))
        {
            (from, isMoved) = (Math.Min(from, place), true);
        }

        return isMoved ? from & ~WithinBlock : from;
    }
}
