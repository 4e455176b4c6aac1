namespace Bitmask.Mail;

/// <summary>A conversation: messages that answer each other, in whatever mailboxes; the same on all devices (RFC 8474 §5.2). 32 hex digits.</summary>
/// <param name="Value">The digits as a number.</param>
public readonly record struct ThreadId(UInt128 Value)
{
    /// <summary>Reads 32 lower-case hex digits.</summary>
    /// <exception cref="FormatException">Not 32 lower-case hex digits.</exception>
    public static ThreadId Parse(string text) => new(HexId.Parse(text));

    /// <summary>Reads 32 lower-case hex digits; false when it is no id.</summary>
    public static bool TryParse(string? text, out ThreadId id)
    {
        var read = HexId.TryParse(text, out var value);
        id = new ThreadId(value);
        return read;
    }

    /// <inheritdoc/>
    public override string ToString() => HexId.Format(Value);
}
