using Bitmask.Mail;
using Bitmask.Primitives;

namespace Bitmask.Imap;

/// <summary>The door through which the IMAP service asks its host who may read which account (security.md C4).</summary>
public interface IImapAuthenticator
{
    /// <summary>
    /// Judges a login. Takes the same time for an unknown user as for a wrong password; the delay of wrong logins is the
    /// session's matter (security.md C5).
    /// </summary>
    /// <param name="user">What the client gave as its name: the full address.</param>
    /// <param name="password">What it gave as its password: a mail token. Borrowed.</param>
    /// <param name="cancellationToken">The connection is gone.</param>
    ValueTask<ImapLogin> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken);
}

/// <summary>The answer to a login.</summary>
public abstract record ImapLogin
{
    private ImapLogin()
    {
    }

    /// <summary>The password is right.</summary>
    /// <param name="Account">The account; the session borrows it until <paramref name="Locked"/>.</param>
    /// <param name="Locked">Cancelled before the account is locked or disposed: the session says BYE and lets go.</param>
    public sealed record Accepted(MailAccount Account, CancellationToken Locked = default) : ImapLogin;

    /// <summary>Unknown user or wrong password.</summary>
    public sealed record Rejected : ImapLogin;

    /// <summary>The account is here but locked, so nobody can tell whether the password is right (RFC 5530 §3, UNAVAILABLE).</summary>
    public sealed record Unavailable : ImapLogin;
}
