using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>NOOP (RFC 3501 §6.1.2): the session tells the news by itself.</summary>
internal sealed record NoopCommand : ImapCommand
{
    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken) => new(ImapReply.Ok("NOOP completed"));
}
