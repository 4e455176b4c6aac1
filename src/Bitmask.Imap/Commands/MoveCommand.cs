using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>MOVE (RFC 6851): COPYUID untagged, then EXPUNGE for what left, which the session tells.</summary>
internal sealed record MoveCommand(MessageSet Messages, string To) : ImapCommand
{
    public override bool Removes => true;

    public override bool IsUidForm => Messages.IsUid;

    public static MoveCommand Parse(CommandScanner scanner, bool uid)
    {
        var messages = MessageSet.Parse(scanner, uid);
        scanner.Space();
        return new MoveCommand(messages, scanner.Mailbox());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = session.Mailbox;
        var uids = Messages.Uids(mailbox);
        if (mailbox.IsReadOnly)
        {
            return ImapReply.No("The mailbox is read-only", "READ-ONLY");
        }

        if (session.Account.Find(To) is not { } destination)
        {
            return ImapReply.No("There is no such mailbox", "TRYCREATE");
        }

        var answer = await session.Account.MoveAsync(mailbox.Id, uids, destination.Id, cancellationToken).ConfigureAwait(false);
        session.NoteMade(destination.Id, answer.Uids.Select(static u => u.Destination));
        if (CopyCommand.CopyUid(answer) is { } code)
        {
            session.Output.Untagged($"OK [{code}] Moved");   // before the EXPUNGE responses (RFC 6851 §4.3)
        }

        return ImapReply.Ok("MOVE completed");
    }
}
