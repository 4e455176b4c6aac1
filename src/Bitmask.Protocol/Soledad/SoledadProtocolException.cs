namespace Bitmask.Protocol.Soledad;

/// <summary>The peer broke the rules of the sync protocol, or refused by one of its error descriptions.</summary>
public sealed class SoledadProtocolException : Exception
{
    /// <summary>Makes a refusal.</summary>
    /// <param name="error">What a server answers for it.</param>
    /// <param name="message">What is wrong, without content.</param>
    public SoledadProtocolException(WireError error, string? message = null)
        : base(message ?? error.Description)
    {
        Error = error;
    }

    /// <summary>Makes a <see cref="WireErrors.BadRequest"/>.</summary>
    public SoledadProtocolException(string message)
        : this(WireErrors.BadRequest, message)
    {
    }

    /// <summary>Makes a <see cref="WireErrors.BadRequest"/> with its cause.</summary>
    public SoledadProtocolException(string message, Exception inner)
        : base(message, inner)
    {
        Error = WireErrors.BadRequest;
    }

    /// <summary>What a server answers, or what the server answered.</summary>
    public WireError Error { get; }

    /// <summary>Whether the same request may succeed later.</summary>
    public bool IsTransient => Error == WireErrors.Unavailable || Error == WireErrors.BackendNotReady;
}
