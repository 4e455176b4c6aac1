namespace Bitmask.Imap.Session;

/// <summary>The tagged end of a command (RFC 3501 §7.1).</summary>
/// <param name="Status">OK, NO or BAD.</param>
/// <param name="Code">Response code without brackets, or null.</param>
/// <param name="Text">Words for a person.</param>
internal sealed record ImapReply(string Status, string? Code, string Text)
{
    /// <summary>Done.</summary>
    public static ImapReply Ok(string text, string? code = null) => new("OK", code, text);

    /// <summary>Refused or failed.</summary>
    public static ImapReply No(string text, string? code = null) => new("NO", code, text);

    /// <summary>Not understood, or not now.</summary>
    public static ImapReply Bad(string text, string? code = null) => new("BAD", code, text);

    /// <summary>The line without the tag.</summary>
    public override string ToString() => Code is null ? $"{Status} {Text}" : $"{Status} [{Code}] {Text}";
}
