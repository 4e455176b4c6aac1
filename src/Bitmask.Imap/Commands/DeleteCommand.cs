using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>DELETE (RFC 3501 §6.3.4). A session that deletes what it has selected is back in the authenticated state.</summary>
internal sealed record DeleteCommand(string Name) : ImapCommand
{
    public static DeleteCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        return new DeleteCommand(scanner.Mailbox());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = session.Account.Find(Name);
        await session.Account.DeleteMailboxAsync(Name, cancellationToken).ConfigureAwait(false);
        if (mailbox is not null && session.Selected?.Id == mailbox.Id)
        {
            session.Deselect();
        }

        return ImapReply.Ok("DELETE completed");
    }
}
