using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>CLOSE (RFC 3501 §6.4.2): expunges in silence, unless the mailbox is read-only.</summary>
internal sealed record CloseCommand : ImapCommand
{
    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = session.Mailbox;
        if (!mailbox.IsReadOnly)
        {
            await session.Account.ExpungeAsync(mailbox.Id, null, cancellationToken).ConfigureAwait(false);
        }

        session.Deselect();
        return ImapReply.Ok("CLOSE completed");
    }
}
