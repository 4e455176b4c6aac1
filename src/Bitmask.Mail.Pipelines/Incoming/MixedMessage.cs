using Bitmask.Mail.Pipelines.Mime;
using MimeKit;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Finds the encrypted part of a multipart/mixed. Some servers rewrite PGP/MIME so, and mailing lists add a footer beside it. What stands beside
/// a decrypted part can be made to carry its text away when it is HTML ("EFAIL"), so such a part is opened in place only among plain text.
/// </summary>
internal static class MixedMessage
{
    private const int MaxParts = 20;

    /// <summary>The OpenPGP message of a PGP/MIME mail whose type a server changed to multipart/mixed: an empty text, the version part, the message. Null for any other mail.</summary>
    public static ReadOnlyMemory<byte>? Rewritten(RawMessage message, string boundary)
    {
        var parts = RawMultipart.Split(message.Body, boundary, MaxParts).Select(RawMessage.Parse).Where(part => !IsBlankText(part)).ToList();
        return parts.Count == 2 && parts[0].ContentType.IsMimeType("application", "pgp-encrypted") ? EncryptedPart.Content(parts[1]) : null;
    }

    /// <summary>The encrypted parts, with their numbers; and whether each may be opened where it stands.</summary>
    public static IEnumerable<(int Number, ReadOnlyMemory<byte> Part, ReadOnlyMemory<byte> Message, bool MayOpen)> Find(RawMessage message, string boundary)
    {
        var parts = RawMultipart.Split(message.Body, boundary, MaxParts + 1);
        var found = parts.Select((octets, i) => (Number: i + 1, Octets: octets, Message: EncryptedPart.Find(RawMessage.Parse(octets)))).Where(part => part.Message is not null).ToList();
        var others = parts.Where((_, i) => found.TrueForAll(part => part.Number != i + 1)).Select(RawMessage.Parse);
        var mayOpen = parts.Count <= MaxParts && found.Count == 1 && others.All(IsPlainText);
        return found.Select(part => (part.Number, part.Octets, part.Message!.Value, mayOpen));
    }

    private static bool IsPlainText(RawMessage part) => part.Fields.Count(field => field.Is("Content-Type")) <= 1 && part.ContentType.IsMimeType("text", "plain");

    private static bool IsBlankText(RawMessage part) => IsPlainText(part) && part.Body.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0;
}

/// <summary>Reads a multipart/encrypted (RFC 3156 §4).</summary>
internal static class EncryptedPart
{
    /// <summary>The OpenPGP message in an entity of exactly that form; null when it has another one.</summary>
    public static ReadOnlyMemory<byte>? Find(RawMessage entity)
    {
        var type = entity.ContentType;
        if (!type.IsMimeType("multipart", "encrypted") || !IsPgp(type) || type.Boundary is not { } boundary)
        {
            return null;
        }

        var parts = RawMultipart.Split(entity.Body, boundary, 3);
        return parts.Count == 2 && RawMessage.Parse(parts[0]).ContentType.IsMimeType("application", "pgp-encrypted") ? Content(RawMessage.Parse(parts[1])) : null;
    }

    /// <summary>What is in the part that holds the OpenPGP message; null when it is another part.</summary>
    public static ReadOnlyMemory<byte>? Content(RawMessage part) => part.ContentType.IsMimeType("application", "octet-stream") ? PartContent.Decode(part) : null;

    private static bool IsPgp(ContentType type) => string.Equals(type.Parameters["protocol"], "application/pgp-encrypted", StringComparison.OrdinalIgnoreCase);
}
