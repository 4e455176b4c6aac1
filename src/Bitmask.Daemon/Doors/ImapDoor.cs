using Bitmask.Daemon.Accounts;
using Bitmask.Imap;
using Bitmask.Primitives;

namespace Bitmask.Daemon.Doors;

/// <summary>Who may read which account over IMAP: full address and mail token (security.md C4).</summary>
internal sealed class ImapDoor(AccountRegistry accounts) : IImapAuthenticator
{
    public ValueTask<ImapLogin> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken)
        => ValueTask.FromResult<ImapLogin>(accounts.Judge(user, password) switch
        {
            DoorAnswer.Open open => new ImapLogin.Accepted(open.Session.Mail, open.Session.Locking),
            DoorAnswer.Locked => new ImapLogin.Unavailable(),
            _ => new ImapLogin.Rejected(),
        });
}
