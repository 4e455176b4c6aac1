using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>STARTTLS (RFC 9051 §6.2.1).</summary>
internal sealed record StartTlsCommand : ImapCommand
{
    public override ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        if (session.Options.Tls != ImapTls.StartTls || session.IsTls)
        {
            return new(ImapReply.Bad(session.IsTls ? "TLS is on" : "STARTTLS is not offered"));
        }

        session.StartTlsAfterAnswer();
        return new(ImapReply.Ok("Begin TLS"));
    }
}
