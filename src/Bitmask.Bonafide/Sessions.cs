using Bitmask.Primitives;
using Bitmask.Protocol.Keys;

namespace Bitmask.Bonafide;

/// <summary>A session at the provider. A class: it carries a token.</summary>
/// <param name="user">The account.</param>
/// <param name="token">The token.</param>
public sealed class Session(UserId user, string token)
{
    /// <summary>The account.</summary>
    public UserId User { get; } = user;

    /// <summary>The token: for <c>Authorization</c> of the API and of Soledad.</summary>
    public string Token { get; } = token;

    /// <summary>Never the token.</summary>
    public override string ToString() => "session of " + User;
}

/// <summary>A new sealed account, and the keys its passphrase yields.</summary>
/// <param name="user">The account.</param>
/// <param name="master">The keys; owned by this object.</param>
public sealed class SignedUp(UserId user, MasterKey master) : IDisposable
{
    /// <summary>The account.</summary>
    public UserId User { get; } = user;

    /// <summary>The keys.</summary>
    public MasterKey Master { get; } = master;

    /// <summary>Wipes the keys.</summary>
    public void Dispose() => Master.Dispose();
}

/// <summary>A sealed login: the session, and the keys the passphrase yields.</summary>
/// <param name="session">The session.</param>
/// <param name="master">The keys; owned by this object.</param>
public sealed class SealedLogin(Session session, MasterKey master) : IDisposable
{
    /// <summary>The session.</summary>
    public Session Session { get; } = session;

    /// <summary>The keys.</summary>
    public MasterKey Master { get; } = master;

    /// <summary>Wipes the keys.</summary>
    public void Dispose() => Master.Dispose();
}

/// <summary>Where a provider's services are.</summary>
/// <param name="Soledad">Base address of Soledad, ends with a slash.</param>
/// <param name="Submission">Hosts that take outgoing mail, implicit TLS with the client certificate (RFC 8314 §3.3); the first to use first.</param>
public sealed record ProviderServices(Uri Soledad, IReadOnlyList<SubmissionHost> Submission);

/// <summary>A host that takes outgoing mail.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Port">Its port.</param>
public readonly record struct SubmissionHost(string Name, int Port);
