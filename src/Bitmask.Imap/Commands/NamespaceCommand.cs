using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>NAMESPACE (RFC 2342): one personal namespace, nothing of others, nothing shared.</summary>
internal sealed record NamespaceCommand : ImapCommand
{
    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.Output.Untagged("NAMESPACE ((\"\" \"/\")) NIL NIL");
        return new(ImapReply.Ok("NAMESPACE completed"));
    }
}
