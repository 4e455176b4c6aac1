using System.Security.Cryptography;
using System.Text;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Tokens;
using Bitmask.Imap;
using Bitmask.Primitives;

namespace Bitmask.Daemon.Doors;

/// <summary>Who may read which account over IMAP: full address and mail token (security.md C4).</summary>
internal sealed class ImapDoor(AccountRegistry accounts) : IScramAuthenticator
{
    private const int SaltOctets = 16;

    // What is told of accounts that are not here, or locked, follows from this: the same salt for the same name, for anybody who asks twice.
    private readonly byte[] _pretence = RandomNumberGenerator.GetBytes(32);

    public ValueTask<ImapLogin> AuthenticateAsync(string user, SecretBytes password, CancellationToken cancellationToken)
        => ValueTask.FromResult<ImapLogin>(accounts.Judge(user, password) switch
        {
            DoorAnswer.Open open => Accepted(open.Session),
            DoorAnswer.Locked => new ImapLogin.Unavailable(),
            _ => new ImapLogin.Rejected(),
        });

    public ValueTask<ScramCredentials> ScramAsync(string user, CancellationToken cancellationToken)
    {
        if (EmailAddress.TryParse(user, out var address) && accounts.Find(address) is { } session)
        {
            var (salt, verifiers) = session.Tokens.Scram();
            return ValueTask.FromResult(new ScramCredentials(salt, ClientTokens.ScramIterations, verifiers, Accepted(session)));
        }

        ImapLogin login = address is not null && accounts.Directory.Find(address) is not null ? new ImapLogin.Unavailable() : new ImapLogin.Rejected();
        var pretended = HMACSHA256.HashData(_pretence, Encoding.UTF8.GetBytes(address?.Canonical ?? user))[..SaltOctets];
        return ValueTask.FromResult(new ScramCredentials(pretended, ClientTokens.ScramIterations, [], login));
    }

    private static ImapLogin.Accepted Accepted(AccountSession session) => new(session.Mail, session.Locking);
}
