using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>LSUB (RFC 3501 §6.3.9): what is subscribed to, whether there is such a mailbox or not.</summary>
internal sealed record LsubCommand(string Reference, string Pattern) : ImapCommand
{
    public static LsubCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        var reference = scanner.ListMailbox();
        scanner.Space();
        return new LsubCommand(reference, scanner.ListMailbox());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var pattern = new MailboxPattern(Reference + Pattern);
        var writer = session.Output.Writer;
        foreach (var node in MailboxTree.Build(session.Account))
        {
            // A level that is not subscribed itself, but has subscribed children that % does not reach, is shown as \Noselect.
            var level = !node.IsSubscribed && node.HasSubscribedChildren && Pattern.EndsWith('%');
            if ((node.IsSubscribed || level) && pattern.Matches(node.Name))
            {
                writer.Raw(level ? "* LSUB (\\Noselect) \"/\" "u8 : "* LSUB () \"/\" "u8);
                writer.Mailbox(node.Name);
                writer.EndLine();
                await session.Output.FlushIfFullAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        return ImapReply.Ok("LSUB completed");
    }
}
