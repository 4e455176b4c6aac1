using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>A key document was written by a newer program; it is neither used nor changed by this one.</summary>
public sealed class KeyVersionException : Exception
{
    /// <summary>Names the key.</summary>
    public KeyVersionException(Fingerprint fingerprint)
        : base($"What is stored of the OpenPGP key {fingerprint} was written by a newer program. Update this one.")
    {
    }

    /// <summary>Says what is wrong.</summary>
    public KeyVersionException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, and what brought it up.</summary>
    public KeyVersionException(string message, Exception inner)
        : base(message, inner)
    {
    }

    /// <summary>A document is too new.</summary>
    public KeyVersionException()
    {
    }
}
