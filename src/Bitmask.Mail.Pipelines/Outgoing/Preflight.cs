using Bitmask.Keys;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>What will happen to one recipient's copy, told before a mail is sent. A later look-up may find otherwise; nothing is decided by it.</summary>
/// <param name="Address">The recipient, as it was given.</param>
/// <param name="Code">One of the codes of <see cref="PreflightCodes"/>.</param>
/// <param name="Fingerprint">The key that it would be encrypted to, or that is in question; null when there is none.</param>
/// <param name="Reason">Why, for a person to read; null when it will leave encrypted.</param>
public sealed record Preflight(string Address, string Code, Fingerprint? Fingerprint, string? Reason)
{
    internal static Preflight Of(string address, KeyLookup lookup, OutboxPolicy policy) => lookup switch
    {
        KeyLookup.Found { Level: ValidationLevel.Fingerprint } found => new Preflight(address, PreflightCodes.Confirmed, found.Certificate.Fingerprint, null),
        KeyLookup.Found found => new Preflight(address, PreflightCodes.Known, found.Certificate.Fingerprint, null),
        KeyLookup.NotFound or KeyLookup.Released when policy == OutboxPolicy.EncryptedOnly => new Preflight(address, PreflightCodes.Policy, null, RecipientJudge.OnlyEncrypted),
        KeyLookup.NotFound => new Preflight(address, PreflightCodes.None, null, "No key is known: it will leave in clear."),
        KeyLookup.Released released => new Preflight(address, PreflightCodes.None, null, $"You released the address from encryption on {released.Since:yyyy-MM-dd}: it will leave in clear."),
        KeyLookup.Rejected { Known: not null, Offered: not null } changed => new Preflight(address, PreflightCodes.Changed, changed.Known, changed.Reason),
        KeyLookup.Rejected unusable => new Preflight(address, PreflightCodes.Expired, unusable.Known ?? unusable.Offered, unusable.Reason),
        KeyLookup.Failed failed => new Preflight(address, PreflightCodes.Checking, null, "The key could not be looked up yet, and the mail would wait for that: " + failed.Reason),
        _ => throw new InvalidOperationException("Unknown answer of the key manager."),
    };
}

/// <summary>The codes of what will happen to a copy.</summary>
public static class PreflightCodes
{
    /// <summary>Not looked up yet, or the look-up failed: the mail would wait.</summary>
    public const string Checking = "out.checking";

    /// <summary>Encrypted, to a key that the user has confirmed.</summary>
    public const string Confirmed = "out.confirmed";

    /// <summary>Encrypted.</summary>
    public const string Known = "out.known";

    /// <summary>In clear: there is no key.</summary>
    public const string None = "out.none";

    /// <summary>Held: the key has changed, and the user must decide.</summary>
    public const string Changed = "out.changed";

    /// <summary>Held: the known key has expired, is revoked or can not be used.</summary>
    public const string Expired = "out.expired";

    /// <summary>Not an address.</summary>
    public const string Invalid = "out.invalid";

    /// <summary>Held: there is no key, and the user wants to send encrypted only.</summary>
    public const string Policy = "out.policy";
}
