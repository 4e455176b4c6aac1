using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>Where an answer comes from.</summary>
public enum KeySource
{
    /// <summary>From the documents of the account.</summary>
    Store,

    /// <summary>Just fetched from the key directory of a provider (nicknym).</summary>
    KeyDirectory,

    /// <summary>Just handed in by the user.</summary>
    Import,

    /// <summary>The web key directory of the address's domain.</summary>
    WebKeyDirectory,

    /// <summary>A key server that the user named.</summary>
    KeyServer,

    /// <summary>The Autocrypt header of a mail.</summary>
    Autocrypt,

    /// <summary>An Autocrypt-Gossip header in somebody else's encrypted mail.</summary>
    Gossip,

    /// <summary>Attached to a mail.</summary>
    Attachment,
}

/// <summary>
/// What came of looking for the key of an address. Only <see cref="NotFound"/> means that there is none; whoever sends mail
/// must not take any other answer for it.
/// </summary>
public abstract record KeyLookup
{
    private KeyLookup()
    {
    }

    /// <summary>There is a key, and mail can be encrypted to it now.</summary>
    /// <param name="Certificate">The certificate; it carries the address.</param>
    /// <param name="Level">How well it is known to belong to the address.</param>
    /// <param name="Source">Where it comes from.</param>
    public sealed record Found(OpenPgpCertificate Certificate, ValidationLevel Level, KeySource Source) : KeyLookup
    {
        /// <summary>Whether mail must not leave in clear because of it (security.md C8): somebody vouched for it, or it was used both ways.</summary>
        public bool Binds { get; init; } = Level >= ValidationLevel.ProviderTrust;
    }

    /// <summary>All who were asked say there is no key, and none was ever known (security.md C8).</summary>
    public sealed record NotFound : KeyLookup;

    /// <summary>The user released the address from encryption: mail goes to it in clear, whatever key it may have.</summary>
    /// <param name="Since">When.</param>
    public sealed record Released(DateTimeOffset Since) : KeyLookup;

    /// <summary>It could not be found out.</summary>
    /// <param name="Reason">Fit to show a person.</param>
    /// <param name="IsTransient">Whether a later attempt may succeed.</param>
    public sealed record Failed(string Reason, bool IsTransient) : KeyLookup;

    /// <summary>There is a key, but none that may be used without asking the user: expired, revoked, of another address, or in conflict with the known one.</summary>
    /// <param name="Reason">Fit to show a person.</param>
    /// <param name="Known">Fingerprint of the key known so far.</param>
    /// <param name="Offered">Fingerprint of the key that was offered instead.</param>
    public sealed record Rejected(string Reason, Fingerprint? Known, Fingerprint? Offered) : KeyLookup;
}
