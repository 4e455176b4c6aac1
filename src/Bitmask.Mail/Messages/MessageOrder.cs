namespace Bitmask.Mail;

/// <summary>What a message is sorted and threaded by (RFC 5256). Texts are in upper case, as they are compared.</summary>
/// <param name="Sent">The Date field as a moment, or null when it is none.</param>
/// <param name="Subject">The base subject (RFC 5256 §2.1).</param>
/// <param name="IsReply">The subject said that it is a reply or forward.</param>
/// <param name="From">Local part of the first sender.</param>
/// <param name="To">Local part of the first recipient.</param>
/// <param name="Cc">Local part of the first recipient of a copy.</param>
/// <param name="MessageId">Its Message-ID without angle brackets, or null.</param>
/// <param name="References">The Message-IDs that it refers to, oldest first.</param>
public sealed record MessageOrder(
    DateTimeOffset? Sent, string Subject, bool IsReply, string From, string To, string Cc, string? MessageId, IReadOnlyList<string> References);
