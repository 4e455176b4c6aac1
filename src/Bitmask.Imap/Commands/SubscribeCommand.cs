using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>SUBSCRIBE and UNSUBSCRIBE (RFC 3501 §6.3.6, §6.3.7).</summary>
internal sealed record SubscribeCommand(string Name, bool Subscribed) : ImapCommand
{
    public static SubscribeCommand Parse(CommandScanner scanner, bool subscribed)
    {
        scanner.Space();
        return new SubscribeCommand(scanner.Mailbox(), subscribed);
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        await session.Account.SubscribeAsync(Name, Subscribed, cancellationToken).ConfigureAwait(false);
        return ImapReply.Ok(Subscribed ? "SUBSCRIBE completed" : "UNSUBSCRIBE completed");
    }
}
