using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>A sequence-set with what its numbers are.</summary>
internal readonly record struct MessageSet(SequenceSet Set, bool IsUid)
{
    /// <summary>Reads a space and the set.</summary>
    public static MessageSet Parse(CommandScanner scanner, bool uid)
    {
        scanner.Space();
        return new MessageSet(SequenceSet.Parse(scanner), uid);
    }

    /// <summary>Positions in the selected mailbox, ascending.</summary>
    public List<int> Positions(SelectedMailbox mailbox) => IsUid ? mailbox.ResolveUids(Set) : mailbox.ResolveSequence(Set);

    /// <summary>UIDs in the selected mailbox, ascending.</summary>
    public List<Uid> Uids(SelectedMailbox mailbox) => Positions(mailbox).ConvertAll(i => mailbox.Messages[i].Uid);
}
