using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>COMPRESS (RFC 4978).</summary>
/// <param name="Mechanism">DEFLATE is the only one.</param>
internal sealed record CompressCommand(string Mechanism) : ImapCommand
{
    public static CompressCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        return new CompressCommand(scanner.Atom());
    }

    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (!Mechanism.Equals("DEFLATE", StringComparison.OrdinalIgnoreCase))
        {
            return new(ImapReply.Bad("Only DEFLATE is offered"));
        }

        if (session.IsCompressed)
        {
            return new(ImapReply.No("DEFLATE is active already", "COMPRESSIONACTIVE"));
        }

        session.CompressAfterAnswer();
        return new(ImapReply.Ok("DEFLATE active"));
    }
}
