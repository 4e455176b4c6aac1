using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>GETQUOTAROOT (RFC 9208 §4.1.2): every mailbox has the account's root, also one that is not there yet.</summary>
internal sealed record GetQuotaRootCommand(string Name) : ImapCommand
{
    public static GetQuotaRootCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        return new GetQuotaRootCommand(scanner.Mailbox());
    }

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var writer = session.Output.Writer;
        writer.Raw("* QUOTAROOT "u8);
        writer.Mailbox(Name);
        writer.Raw($" \"{GetQuotaCommand.Account}\"\r\n");
        GetQuotaCommand.Write(session);
        return new(ImapReply.Ok("GETQUOTAROOT completed"));
    }
}
