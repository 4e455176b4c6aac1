namespace Bitmask.Protocol.Keys;

/// <summary>Key parameters or a key record are not acceptable: unknown, too weak, or malformed.</summary>
public sealed class KeysProtocolException : Exception
{
    /// <summary>Says what is wrong, without secrets.</summary>
    public KeysProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, with its cause.</summary>
    public KeysProtocolException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
