using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>CHECK (RFC 3501 §6.4.1): everything is on disk before its OK anyway.</summary>
internal sealed record CheckCommand : ImapCommand
{
    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken) => new(ImapReply.Ok("CHECK completed"));
}
