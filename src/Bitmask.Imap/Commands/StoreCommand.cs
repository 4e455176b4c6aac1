using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>STORE (RFC 3501 §6.4.6).</summary>
internal sealed record StoreCommand(MessageSet Messages, FlagChange Change, bool Silent, IReadOnlyList<string> Flags) : ImapCommand
{
    public override bool AllowsExpunge => Messages.IsUid;

    public override bool IsUidForm => Messages.IsUid;

    public static StoreCommand Parse(CommandScanner scanner, bool uid)
    {
        var messages = MessageSet.Parse(scanner, uid);
        scanner.Space();
        var change = scanner.TryTake((byte)'+') ? FlagChange.Add : scanner.TryTake((byte)'-') ? FlagChange.Remove : FlagChange.Replace;
        var silent = scanner.Keyword() switch
        {
            "FLAGS" => false,
            "FLAGS.SILENT" => true,
            _ => throw new ImapSyntaxException("Unknown data item"),
        };
        scanner.Space();
        return new StoreCommand(messages, change, silent, FlagNames.ParseListOrBare(scanner));
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = session.Mailbox;
        var positions = Messages.Positions(mailbox);
        if (mailbox.IsReadOnly)
        {
            return ImapReply.No("The mailbox is read-only", "READ-ONLY");
        }

        // Replacing with exactly what is shown, reserved keywords included, is how clients write back what they read.
        var flags = Flags.Where(static f => !FlagNames.IsReserved(f)).ToArray();
        if (flags.Length < Flags.Count && !(Change == FlagChange.Replace && positions.TrueForAll(i => KeepsReserved(mailbox.Messages[i]))))
        {
            return ImapReply.No("The keywords $Encrypted, $SignedValid and $SignedBad follow from the message and can not be changed", "CANNOT");
        }

        var uids = positions.ConvertAll(i => mailbox.Messages[i].Uid);
        var now = await session.Account.ChangeFlagsAsync(mailbox.Id, uids, Change, flags, null, cancellationToken).ConfigureAwait(false);
        Tell(session, mailbox, positions, now);
        return now.Count < uids.Count
            ? ImapReply.No("Some of the messages are gone", "EXPUNGEISSUED")
            : ImapReply.Ok("STORE completed");
    }

    private bool KeepsReserved(MessageEntry message)
        => Flags.Where(FlagNames.IsReserved).All(message.Has);

    private void Tell(ImapSession session, SelectedMailbox mailbox, List<int> positions, IReadOnlyList<MessageEntry> now)
    {
        var told = new List<int>();
        foreach (var message in now)
        {
            if (mailbox.IndexOf(message.Uid) is not (>= 0 and var position))
            {
                continue;
            }

            // Silence covers what the client asked for, not what somebody else did at the same time.
            var expected = Silent ? Expected(mailbox.Messages[position]) : null;
            mailbox.Learn(position, message);
            if (expected is null || !message.Flags.SetEquals(expected))
            {
                told.Add(position);
            }
        }

        mailbox.TellKeywords(positions, session.Output);
        foreach (var position in told)
        {
            mailbox.WriteFlags(position, session.Output, Messages.IsUid);
        }
    }

    private IEnumerable<string> Expected(MessageEntry known) => Change switch
    {
        FlagChange.Add => known.Flags.Concat(Flags),
        FlagChange.Remove => known.Flags.Except(Flags, FlagNames.Comparer),
        _ => Flags.Concat(known.Flags.Where(FlagNames.IsReserved)),
    };
}
