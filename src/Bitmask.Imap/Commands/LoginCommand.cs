using Bitmask.Imap.Protocol;
using Bitmask.Imap.Session;
using Bitmask.Primitives;

namespace Bitmask.Imap.Commands;

/// <summary>LOGIN (RFC 3501 §6.2.3): full address and mail token.</summary>
internal sealed record LoginCommand : ImapCommand
{
    // Fields and not properties: a record prints its properties.
    private readonly string _user;
    private readonly ReadOnlyMemory<byte> _password;

    private LoginCommand(string user, ReadOnlyMemory<byte> password) => (_user, _password) = (user, password);

    public static LoginCommand Parse(CommandScanner scanner)
    {
        scanner.Space();
        var user = scanner.AStringText();
        scanner.Space();
        return new LoginCommand(user, scanner.AString());
    }

    public override async ValueTask<ImapReply> ExecuteAsync(ImapSession session, CancellationToken cancellationToken)
    {
        using var password = new SecretBytes(_password.Span);
        return await LogInAsync(session, _user, password, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>What LOGIN and AUTHENTICATE share.</summary>
    public static async ValueTask<ImapReply> LogInAsync(ImapSession session, string user, SecretBytes password, CancellationToken cancellationToken)
    {
        if (!session.MayLogIn)
        {
            return ImapReply.No("Encryption is required: use STARTTLS first", "PRIVACYREQUIRED");
        }

        var login = await session.Authenticator.AuthenticateAsync(user, password, cancellationToken).ConfigureAwait(false);
        return await AnswerAsync(session, login, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lets in, or tells why not.</summary>
    public static async ValueTask<ImapReply> AnswerAsync(ImapSession session, ImapLogin login, CancellationToken cancellationToken)
    {
        switch (login)
        {
            case ImapLogin.Accepted accepted:
                session.LogIn(accepted);
                return ImapReply.Ok("Logged in", "CAPABILITY " + CapabilityCommand.Capabilities(session));
            case ImapLogin.Unavailable:
                return ImapReply.No("The account is locked: unlock it with bitmaskctl user auth", "UNAVAILABLE");
            default:
                await session.DelayLoginAsync(cancellationToken).ConfigureAwait(false);
                return ImapReply.No("Wrong address or mail token: see bitmaskctl mail get_token", "AUTHENTICATIONFAILED");
        }
    }
}
