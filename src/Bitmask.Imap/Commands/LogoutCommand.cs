using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>LOGOUT (RFC 3501 §6.1.3).</summary>
internal sealed record LogoutCommand : ImapCommand
{
    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.Deselect();
        session.IsLeaving = true;
        session.Output.Untagged("BYE Logging out");
        return new(ImapReply.Ok("LOGOUT completed"));
    }
}
