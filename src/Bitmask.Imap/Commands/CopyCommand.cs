using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>COPY (RFC 3501 §6.4.7) with COPYUID (RFC 4315 §3): all messages or none.</summary>
internal sealed record CopyCommand(MessageSet Messages, string To) : ImapCommand
{
    public override bool IsUidForm => Messages.IsUid;

    public static CopyCommand Parse(CommandScanner scanner, bool uid)
    {
        var messages = MessageSet.Parse(scanner, uid);
        scanner.Space();
        return new CopyCommand(messages, scanner.Mailbox());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var uids = Messages.Uids(session.Mailbox);
        if (session.Account.Find(To) is not { } destination)
        {
            return ImapReply.No("There is no such mailbox", "TRYCREATE");
        }

        var answer = await session.Account.CopyAsync(session.Mailbox.Id, uids, destination.Id, cancellationToken).ConfigureAwait(false);
        session.NoteMade(destination.Id, answer.Uids.Select(static u => u.Destination));
        return ImapReply.Ok("COPY completed", CopyUid(answer));
    }

    /// <summary>COPYUID with both sets in the same order; null when nothing was copied.</summary>
    public static string? CopyUid(CopyAnswer answer)
        => answer.Uids.Count == 0
            ? null
            : $"COPYUID {answer.UidValidity} {SequenceSet.Write(answer.Uids.Select(static u => u.Source.Value))} {SequenceSet.Write(answer.Uids.Select(static u => u.Destination.Value))}";
}
