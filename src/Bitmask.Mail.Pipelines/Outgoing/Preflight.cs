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
    /// <param name="address">The recipient.</param>
    /// <param name="lookup">What is known of its key.</param>
    /// <param name="policy">When the mail may leave in clear.</param>
    /// <param name="shown">The key that Autocrypt recommends to encrypt to; null when it recommends not to, or is not asked.</param>
    internal static Preflight Of(string address, KeyLookup lookup, OutboxPolicy policy, Fingerprint? shown = null) => lookup switch
    {
        KeyLookup.Found { Binds: false } or KeyLookup.NotFound when policy == OutboxPolicy.AsAutocryptRecommends && shown is not null
            => new Preflight(address, PreflightCodes.None, shown, "It will be encrypted to the key that mail from there showed; nothing proves whose it is."),
        KeyLookup.Found { Binds: false } found when policy == OutboxPolicy.AsAutocryptRecommends
            => new Preflight(address, PreflightCodes.None, found.Certificate.Fingerprint, "Nobody vouches for the key, and Autocrypt does not recommend to encrypt: it will leave in clear."),
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

    /// <summary>In clear: there is no key. With a key: none that is known, see the reason.</summary>
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
