namespace Bitmask.Protocol.Bonafide;

/// <summary>The peer of an SRP exchange sent a value that no honest peer sends: zero modulo N, out of range, not hex.</summary>
public sealed class SrpProtocolException : Exception
{
    /// <summary>Says what is wrong.</summary>
    public SrpProtocolException(string message)
        : base(message)
    {
    }

    /// <summary>Says what is wrong, with its cause.</summary>
    public SrpProtocolException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
