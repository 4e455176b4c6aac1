using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>ID (RFC 2971). What the client says of itself is read and forgotten: it is nobody's business.</summary>
internal sealed record IdCommand : ImapCommand
{
    private const int MaxFields = 30;

    public static IdCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        if (scanner.TryWord("NIL"))
        {
            return new IdCommand();
        }

        var words = scanner.List(static s => s.TryWord("NIL") ? default : s.String(), mayBeEmpty: true);
        return words.Count % 2 == 0 && words.Count <= 2 * MaxFields
            ? new IdCommand()
            : throw new ImapSyntaxException("ID takes at most 30 pairs of field and value");
    }

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var writer = session.Output.Writer;
        writer.Raw("* ID (\"name\" \"Bitmask Mail\" \"version\" "u8);
        writer.String(session.Options.ServerVersion);
        writer.Raw(")\r\n"u8);
        return new(ImapReply.Ok("ID completed"));
    }
}
