using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>CREATE (RFC 3501 §6.3.3). Superior levels are not made: LIST shows them as \NonExistent.</summary>
internal sealed record CreateCommand(string Name) : ImapCommand
{
    public static CreateCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        return new CreateCommand(scanner.Mailbox());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        await session.Account.CreateMailboxAsync(Name, cancellationToken).ConfigureAwait(false);
        return ImapReply.Ok("CREATE completed");
    }
}
