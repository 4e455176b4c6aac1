using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;

namespace Bitmask.Imap.Commands;

/// <summary>AUTHENTICATE SCRAM-SHA-256 (RFC 7677): both sides prove that they know the password, and neither sends it.</summary>
internal static class ScramLogin
{
    public const string Name = "SCRAM-SHA-256";

    /// <summary>Goes on from the client's first message.</summary>
    public static async ValueTask<ImapReply> RunAsync(ImapSession session, IScramAuthenticator host, byte[] first, CancellationToken cancellationToken)
    {
        if (ScramExchange.Begin(first) is not { } exchange)
        {
            return ImapReply.Bad("Not a first message of SCRAM-SHA-256 without channel binding");
        }

        var credentials = await host.ScramAsync(exchange.User, cancellationToken).ConfigureAwait(false);
        var challenge = exchange.Challenge(credentials, ScramExchange.NewNonce());
        if (await AuthenticateCommand.AskAsync(session, challenge, cancellationToken).ConfigureAwait(false) is not { } last)
        {
            return ImapReply.Bad("Authentication cancelled");
        }

        // A locked account can judge no proof: it is told before anybody could be called wrong.
        if (credentials.Login is ImapLogin.Accepted accepted)
        {
            if (exchange.Judge(last) is not { } proof)
            {
                return await LoginCommand.AnswerAsync(session, new ImapLogin.Rejected(), cancellationToken).ConfigureAwait(false);
            }

            // OK can carry no data of a mechanism: the proof is a challenge, and its answer is empty (RFC 5802 §5).
            return await AuthenticateCommand.AskAsync(session, proof, cancellationToken).ConfigureAwait(false) is { Length: 0 }
                ? await LoginCommand.AnswerAsync(session, accepted, cancellationToken).ConfigureAwait(false)
                : ImapReply.Bad("Authentication cancelled");
        }

        return await LoginCommand.AnswerAsync(session, credentials.Login, cancellationToken).ConfigureAwait(false);
    }
}
