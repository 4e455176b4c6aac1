using System.Text;
using System.Text.Json.Serialization;
using MimeKit.Utils;

namespace Bitmask.Mail;

/// <summary>
/// The envelope structure of a message (RFC 9051 §7.5.2): the header fields as they stand, folding removed, encoded words
/// (RFC 2047) left as they are. A null text is a field that is not there.
/// </summary>
/// <param name="Date">The Date field's text.</param>
/// <param name="Subject">The Subject field's text.</param>
/// <param name="From">From.</param>
/// <param name="Sender">Sender; From when there is none.</param>
/// <param name="ReplyTo">Reply-To; From when there is none.</param>
/// <param name="To">To.</param>
/// <param name="Cc">Cc.</param>
/// <param name="Bcc">Bcc.</param>
/// <param name="InReplyTo">The In-Reply-To field's text.</param>
/// <param name="MessageId">The Message-ID field's text, angle brackets included.</param>
public sealed record MessageEnvelope(
    string? Date,
    string? Subject,
    IReadOnlyList<EnvelopeAddress> From,
    IReadOnlyList<EnvelopeAddress> Sender,
    IReadOnlyList<EnvelopeAddress> ReplyTo,
    IReadOnlyList<EnvelopeAddress> To,
    IReadOnlyList<EnvelopeAddress> Cc,
    IReadOnlyList<EnvelopeAddress> Bcc,
    string? InReplyTo,
    string? MessageId)
{
    /// <summary>An envelope of nothing.</summary>
    public static MessageEnvelope Empty { get; } = new(null, null, [], [], [], [], [], [], null, null);

    /// <summary>The subject as a person reads it: encoded words decoded, empty when there is none.</summary>
    [JsonIgnore]
    public string DecodedSubject => Words.Decode(Subject) ?? "";
}

/// <summary>
/// An address structure (RFC 9051 §7.5.2). The start of a group has a null host and the group's name as mailbox; its end has
/// both null.
/// </summary>
/// <param name="Name">Display name as written (encoded words kept), or null.</param>
/// <param name="Mailbox">Local part, or the group's name, or null.</param>
/// <param name="Host">Domain, or null.</param>
/// <param name="Route">The source route that stood before it, which leads nowhere any more, or null.</param>
public sealed record EnvelopeAddress(string? Name, string? Mailbox, string? Host, string? Route = null)
{
    /// <summary>The display name as a person reads it: encoded words decoded, or null. It is the sender's choice and proves nothing.</summary>
    [JsonIgnore]
    public string? DecodedName => Words.Decode(Name);

    /// <summary>The address, <c>mailbox@host</c>; null for the start or end of a group.</summary>
    [JsonIgnore]
    public string? Address => Mailbox is not null && Host is not null ? Mailbox + "@" + Host : null;
}

/// <summary>Encoded words (RFC 2047) for display.</summary>
file static class Words
{
    public static string? Decode(string? text)
        => text is null || !text.Contains("=?", StringComparison.Ordinal) ? text : new string([.. Rfc2047.DecodeText(Encoding.UTF8.GetBytes(text)).Select(static c => char.IsControl(c) ? ' ' : c)]);
}
