using Bitmask.Daemon.Accounts;
using Bitmask.Primitives;
using Bitmask.Smtp;

namespace Bitmask.Daemon.Doors;

/// <summary>How the SMTP door judges a login: full address and mail token (security.md C4).</summary>
internal static class SmtpLogin
{
    public static Func<string, SecretBytes, CancellationToken, ValueTask<SmtpReply>> JudgedBy(AccountRegistry accounts)
        => (user, password, _) => ValueTask.FromResult(accounts.Judge(user, password) switch
        {
            DoorAnswer.Open => SmtpReply.AuthenticationOk,
            DoorAnswer.Locked => SmtpReply.AuthenticationUnavailable,
            _ => SmtpReply.AuthenticationFailed,
        });
}
