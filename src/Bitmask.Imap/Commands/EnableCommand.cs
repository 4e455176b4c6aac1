using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>ENABLE (RFC 5161). No extension here changes its ways by being enabled yet, so the answer names none.</summary>
internal sealed record EnableCommand : ImapCommand
{
    public static EnableCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        do
        {
            scanner.Atom();
        }
        while (scanner.TryTake((byte)' '));
        return new EnableCommand();
    }

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        session.Output.Untagged("ENABLED");
        return new(ImapReply.Ok("ENABLE completed"));
    }
}
