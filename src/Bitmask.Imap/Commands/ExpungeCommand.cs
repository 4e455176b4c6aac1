using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>EXPUNGE (RFC 3501 §6.4.3) and UID EXPUNGE (RFC 4315 §2.1). The session tells the client what is gone.</summary>
internal sealed record ExpungeCommand(SequenceSet? Uids) : ImapCommand
{
    public override bool Removes => true;

    public override bool IsUidForm => Uids is not null;

    public static ExpungeCommand ParseUid(CommandScanner scanner)
    {
        scanner.Space();
        return new ExpungeCommand(SequenceSet.Parse(scanner));
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = session.Mailbox;
        if (mailbox.IsReadOnly)
        {
            return ImapReply.No("The mailbox is read-only", "READ-ONLY");
        }

        var only = Uids is null ? null : mailbox.ResolveUids(Uids).ConvertAll(i => mailbox.Messages[i].Uid);
        await session.Account.ExpungeAsync(mailbox.Id, only, cancellationToken).ConfigureAwait(false);
        return ImapReply.Ok("EXPUNGE completed");
    }
}
