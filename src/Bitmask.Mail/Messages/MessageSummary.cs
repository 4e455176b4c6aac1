namespace Bitmask.Mail;

/// <summary>What of a message is wanted for a list.</summary>
[Flags]
public enum SummaryParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><see cref="MessageSummary.Envelope"/>.</summary>
    Envelope = 1,

    /// <summary><see cref="MessageSummary.Structure"/>.</summary>
    Structure = 2,

    /// <summary><see cref="MessageSummary.Header"/>.</summary>
    Header = 4,

    /// <summary><see cref="MessageSummary.Preview"/>.</summary>
    Preview = 8,
}

/// <summary>What was computed of a message when it was filed, as far as it was asked for.</summary>
public sealed record MessageSummary
{
    /// <summary>The envelope.</summary>
    public MessageEnvelope? Envelope { get; init; }

    /// <summary>The MIME tree with the place of every part.</summary>
    public MimePartInfo? Structure { get; init; }

    /// <summary>The header with the empty line that ends it.</summary>
    public ReadOnlyMemory<byte>? Header { get; init; }

    /// <summary>The first words of the text.</summary>
    public string? Preview { get; init; }
}
