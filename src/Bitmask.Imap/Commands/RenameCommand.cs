using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>RENAME (RFC 3501 §6.3.5).</summary>
internal sealed record RenameCommand(string From, string To) : ImapCommand
{
    public static RenameCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        var from = scanner.Mailbox();
        scanner.Space();
        return new RenameCommand(from, scanner.Mailbox());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        await session.Account.RenameMailboxAsync(From, To, cancellationToken).ConfigureAwait(false);
        return ImapReply.Ok("RENAME completed");
    }
}
