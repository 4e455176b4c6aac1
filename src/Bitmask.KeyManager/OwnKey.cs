using Bitmask.OpenPgp.Secret;
using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>What is known of the account's own key.</summary>
public abstract record OwnKey
{
    private OwnKey()
    {
    }

    /// <summary>It is here.</summary>
    /// <param name="Key">Both halves; lent, the key manager disposes it.</param>
    public sealed record Present(OpenPgpSecretKey Key) : OwnKey;

    /// <summary>None was made yet.</summary>
    public sealed record Absent : OwnKey;

    /// <summary>
    /// The keyset names one, and it is not in the store: not synced yet, or withheld by the provider. It is never made anew
    /// (security.md A3).
    /// </summary>
    /// <param name="Fingerprint">The key that the keyset names.</param>
    public sealed record Withheld(Fingerprint Fingerprint) : OwnKey;
}

/// <summary>The account has a key, but it is not in the store; making another would fork the account (security.md A3).</summary>
public sealed class OwnKeyWithheldException : InvalidOperationException
{
    /// <summary>Names the missing key.</summary>
    public OwnKeyWithheldException(Fingerprint fingerprint)
        : base($"The account's own OpenPGP key {fingerprint} is not on this device. Sync first; if it stays away, the provider withholds it.")
    {
    }

    /// <summary>Says what is wrong.</summary>
    public OwnKeyWithheldException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what brought it up.</summary>
    public OwnKeyWithheldException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>The own key is missing.</summary>
    public OwnKeyWithheldException()
    {
    }
}
