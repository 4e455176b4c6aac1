namespace Bitmask.Mail;

/// <summary>
/// A text that a message must hold, as a substring and without regard to case (RFC 9051 §6.4.4). The empty text is held by every message
/// (in a header field: by every message that has the field).
/// </summary>
/// <param name="Scope">Where it is looked for.</param>
/// <param name="Value">The text.</param>
/// <param name="Field">Name of the header field; only with <see cref="TextScope.Header"/>.</param>
public sealed record TextCondition(TextScope Scope, string Value, string? Field = null);

/// <summary>Where a text is looked for.</summary>
public enum TextScope
{
    /// <summary>In one header field, decoded; in any of them when no name is given.</summary>
    Header,

    /// <summary>In the texts of the body, the names of attachments, and the headers of enclosed messages; HTML without its markup.</summary>
    Body,

    /// <summary>In the header or in the body.</summary>
    Message,
}
