using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Mail;

namespace Bitmask.Imap.Commands;

/// <summary>
/// CREATE (RFC 3501 §6.3.3), with a special use (RFC 6154 §3), answered with the mailbox's id (RFC 8474 §4.1). Superior levels are not
/// made: LIST shows them as \NonExistent.
/// </summary>
internal sealed record CreateCommand(string Name, string? Use) : ImapCommand
{
    public static CreateCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        var name = scanner.Mailbox();
        return new CreateCommand(name, scanner.PeekIs(" (") ? ParseUse(scanner) : null);
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        var mailbox = await session.Account.CreateMailboxAsync(Name, Use, cancellationToken).ConfigureAwait(false);
        return ImapReply.Ok("CREATE completed", $"MAILBOXID ({mailbox.Id})");
    }

    /// <summary>(USE (\Use)): a mailbox here has one use at most.</summary>
    private static string? ParseUse(CommandScanner scanner)
    {
        scanner.Space();
        scanner.Expect((byte)'(');
        if (scanner.Keyword() != "USE")
        {
            throw new ImapSyntaxException("Unknown parameter of CREATE");
        }

        scanner.Space();
        var uses = scanner.List(static s =>
        {
            s.Expect((byte)'\\');
            return "\\" + s.Atom();
        }, mayBeEmpty: true);
        scanner.Expect((byte)')');
        return uses switch
        {
            [] => null,
            [var one] => SpecialUse.Standard.Select(static known => known.Use).FirstOrDefault(known => one.Equals(known, StringComparison.OrdinalIgnoreCase)) ?? one,
            _ => string.Join(' ', uses),
        };
    }
}
