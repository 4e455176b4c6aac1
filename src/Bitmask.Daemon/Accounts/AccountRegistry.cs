using System.Collections.Concurrent;
using Bitmask.Primitives;

namespace Bitmask.Daemon.Accounts;

/// <summary>How a door answers a user name and password.</summary>
internal abstract record DoorAnswer
{
    private DoorAnswer()
    {
    }

    public sealed record Open(AccountSession Session) : DoorAnswer;

    /// <summary>The account is here but locked: nobody can tell whether the password is right.</summary>
    public sealed record Locked : DoorAnswer;

    public sealed record Refused : DoorAnswer;
}

/// <summary>The unlocked accounts. After a start every account is locked until its owner unlocks it.</summary>
internal sealed class AccountRegistry(AccountDirectory directory)
{
    private readonly ConcurrentDictionary<string, AccountSession> _open = new(StringComparer.Ordinal);

    public AccountDirectory Directory => directory;

    public IEnumerable<AccountSession> OpenSessions => _open.Values;

    public AccountSession? Find(EmailAddress address) => _open.GetValueOrDefault(address.Canonical);

    public DoorAnswer Judge(string user, SecretBytes password)
    {
        if (!EmailAddress.TryParse(user, out var address) || directory.Find(address) is null)
        {
            return new DoorAnswer.Refused();
        }

        return Find(address) is not { } session ? new DoorAnswer.Locked()
            : session.Tokens.IsMailToken(password) ? new DoorAnswer.Open(session)
            : new DoorAnswer.Refused();
    }

    public void Add(AccountSession session) => _open[session.Address.Canonical] = session;

    /// <summary>Really locks: pipelines stop, clients are told goodbye, secrets are wiped, files close (security.md A6).</summary>
    /// <returns>False when it was locked already.</returns>
    public async Task<bool> LockAsync(EmailAddress address)
    {
        if (!_open.TryRemove(address.Canonical, out var session))
        {
            return false;
        }

        await session.DisposeAsync();
        return true;
    }
}
