using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>UNSELECT (RFC 3691): CLOSE without the expunge.</summary>
internal sealed record UnselectCommand : ImapCommand
{
    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.Deselect();
        return new(ImapReply.Ok("UNSELECT completed"));
    }
}
