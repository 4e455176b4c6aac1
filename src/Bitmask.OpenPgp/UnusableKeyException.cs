using Bitmask.Primitives;

namespace Bitmask.OpenPgp;

/// <summary>A key was to be used for what it can not do at that time: expired, revoked, or without a fitting subkey.</summary>
public sealed class UnusableKeyException : InvalidOperationException
{
    /// <summary>Names the key and the reason.</summary>
    public UnusableKeyException(Fingerprint fingerprint, string reason)
        : base($"The OpenPGP key {fingerprint} can not be used: {reason}.")
    {
        Fingerprint = fingerprint;
    }

    /// <summary>Says what is wrong.</summary>
    public UnusableKeyException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what brought it up.</summary>
    public UnusableKeyException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>Something is wrong.</summary>
    public UnusableKeyException()
    {
    }

    /// <summary>The primary fingerprint of the key, when one is meant.</summary>
    public Fingerprint? Fingerprint { get; }
}
