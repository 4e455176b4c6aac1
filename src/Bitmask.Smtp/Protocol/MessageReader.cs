using Bitmask.Smtp.Server;

namespace Bitmask.Smtp.Protocol;

/// <summary>Takes the octets of a message piece by piece, in one of the two forms in which SMTP brings them.</summary>
/// <param name="maxOctets">The largest message kept.</param>
/// <param name="budget">Where its memory is counted, until it is disposed; null counts nothing.</param>
public abstract class MessageReader(int maxOctets, MessageBudget? budget) : IDisposable
{
    private readonly MessageBuffer _buffer = new(maxOctets, budget);

    /// <summary>The end of what was announced was read.</summary>
    public abstract bool IsComplete { get; }

    /// <summary>A CR without LF or an LF without CR was seen.</summary>
    public bool HasBareLineBreak => _buffer.HasBareLineBreak;

    /// <summary>The message is larger than allowed.</summary>
    public bool IsTooBig => _buffer.IsTooBig;

    /// <summary>There was no memory left for it.</summary>
    public bool IsOutOfRoom => _buffer.IsOutOfRoom;

    /// <summary>The message as far as it was read; empty when it is not acceptable.</summary>
    public ReadOnlyMemory<byte> Message => _buffer.Message;

    /// <summary>Reads until the end or to the end of the piece, and returns how many octets were used.</summary>
    public abstract int Read(ReadOnlySpan<byte> piece);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets go of the message.</summary>
    protected virtual void Dispose(bool disposing) => _buffer.Dispose();

    /// <summary>Keeps octets, if the message is acceptable so far.</summary>
    protected void Keep(ReadOnlySpan<byte> octets) => _buffer.Keep(octets);

    /// <summary>Makes the message one that is refused for its line ends.</summary>
    protected void RefuseLineBreak() => _buffer.RefuseLineBreak();
}
