using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>STORE (RFC 3501 §6.4.6) with UNCHANGEDSINCE (RFC 7162 §3.1.3).</summary>
internal sealed record StoreCommand(MessageSet Messages, FlagChange Change, bool Silent, IReadOnlyList<string> Flags, ModSeq? UnchangedSince) : ImapCommand
{
    public override bool AllowsExpunge => Messages.IsUid;

    public override bool IsUidForm => Messages.IsUid;

    public static StoreCommand Parse(CommandScanner scanner, bool uid)
    {
        var messages = MessageSet.Parse(scanner, uid);
        scanner.Space();
        ModSeq? unchangedSince = null;
        if (scanner.Peek == (byte)'(')
        {
            unchangedSince = scanner.List(Modifier) is [var one] ? one : throw new ImapSyntaxException("UNCHANGEDSINCE may stand once only");
            scanner.Space();
        }

        var change = scanner.TryTake((byte)'+') ? FlagChange.Add : scanner.TryTake((byte)'-') ? FlagChange.Remove : FlagChange.Replace;
        var silent = scanner.Keyword() switch
        {
            "FLAGS" => false,
            "FLAGS.SILENT" => true,
            _ => throw new ImapSyntaxException("Unknown data item"),
        };
        scanner.Space();
        return new StoreCommand(messages, change, silent, FlagNames.ParseListOrBare(scanner), unchangedSince);
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

        if (UnchangedSince is not null)
        {
            session.EnableCondStore();
        }

        var uids = positions.ConvertAll(i => mailbox.Messages[i].Uid);
        var now = await session.Account.ChangeFlagsAsync(mailbox.Id, uids, Change, flags, UnchangedSince, cancellationToken).ConfigureAwait(false);
        Tell(session, mailbox, positions, now);
        return now.Count < uids.Count ? Incomplete(session, mailbox, positions, now) : ImapReply.Ok("STORE completed");
    }

    private static ModSeq Modifier(CommandScanner scanner)
    {
        if (scanner.Keyword() != "UNCHANGEDSINCE")
        {
            throw new ImapSyntaxException("Unknown modifier of STORE");
        }

        scanner.Space();
        return new ModSeq(scanner.Number63());
    }

    /// <summary>Of those that were not touched, some are gone and some were changed by others since (RFC 7162 §3.1.3, MODIFIED).</summary>
    private ImapReply Incomplete(ImapSession session, SelectedMailbox mailbox, List<int> positions, IReadOnlyList<MessageEntry> now)
    {
        var done = now.Select(static m => m.Uid).ToHashSet();
        var view = session.Account.Open(mailbox.Id);
        var untouched = positions.Where(i => !done.Contains(mailbox.Messages[i].Uid)).ToLookup(i => UnchangedSince is not null && view.IndexOf(mailbox.Messages[i].Uid) >= 0);
        var code = untouched[true].Any()
            ? $"MODIFIED {SequenceSet.Write(untouched[true].Select(i => Messages.IsUid ? mailbox.Messages[i].Uid.Value : (uint)i + 1))}"
            : "EXPUNGEISSUED";

        if (!untouched[false].Any())
        {
            return ImapReply.Ok("Some of the messages were changed meanwhile", code);
        }

        // Programs show a NO to the person, who has lost nothing when some of many messages went meanwhile. Who sets conditions is told.
        return UnchangedSince is not null || now.Count == 0 ? ImapReply.No("Some of the messages have been deleted", code) : ImapReply.Ok("Some of the messages have been deleted", code);
    }

    private bool KeepsReserved(MessageEntry message)
        => Flags.Where(FlagNames.IsReserved).All(message.Has);

    private void Tell(ImapSession session, SelectedMailbox mailbox, List<int> positions, IReadOnlyList<MessageEntry> now)
    {
        var told = new List<(int Position, bool WithFlags)>();
        var learned = new List<MessageEntry>(now.Count);
        var modSeqs = session.Has(Features.CondStore);
        foreach (var message in now)
        {
            if (mailbox.IndexOf(message.Uid) is not (>= 0 and var position))
            {
                continue;
            }

            // Silence covers what the client asked for, not what somebody else did at the same time, nor the mod-sequence (RFC 7162 §3.1.3).
            var known = mailbox.Messages[position];
            var expected = Silent ? Expected(known) : null;
            learned.Add(message);
            var withFlags = expected is null || !message.Flags.SetEquals(expected);
            if (withFlags || (modSeqs && (UnchangedSince is not null || known.ModSeq != message.ModSeq)))
            {
                told.Add((position, withFlags));
            }
        }

        mailbox.Learn(learned);
        mailbox.TellKeywords(positions, session.Output);
        foreach (var (position, withFlags) in told)
        {
            mailbox.WriteFlags(position, session.Output, Messages.IsUid, modSeqs, withFlags);
        }
    }

    private IEnumerable<string> Expected(MessageEntry known) => Change switch
    {
        FlagChange.Add => known.Flags.Concat(Flags),
        FlagChange.Remove => known.Flags.Except(Flags, FlagNames.Comparer),
        _ => Flags.Concat(known.Flags.Where(FlagNames.IsReserved)),
    };
}
