using Bitmask.Mail.Pipelines.Mime;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>What is filed in place of a mail that could not be opened: nothing is dropped, nothing blocks the others (design rule 7).</summary>
internal static class UnreadableNotice
{
    /// <summary>The wrapper that is attached to a notice; null when there is none, or the mail is no such notice.</summary>
    public static byte[]? Wrapper(ReadOnlyMemory<byte> notice)
    {
        var mail = RawMessage.Parse(notice);
        return mail.ContentType.Boundary is { } boundary && RawMultipart.Split(mail.Body, boundary, 3) is [_, var attached]
            ? PartContent.Decode(RawMessage.Parse(attached)).ToArray()
            : null;
    }

    /// <summary>The notice; with the provider's wrapper attached as it came, or without when it stays at the provider.</summary>
    public static byte[] Create(EmailAddress account, DateTimeOffset received, string reason, ReadOnlyMemory<byte>? wrapper)
    {
        var text = $"""
            A mail arrived for you that could not be opened on this device.

            Why: {reason}

            {(wrapper is null
                ? "It stays in the incoming box at your provider. When the key that it was made for comes\nto this device, the mail takes the place of this one."
                : "The encrypted mail is attached exactly as your provider sent it. When\nthe key that it was made for comes to this device (an older key of yours, for\nexample), the mail takes the place of this one.")}
            """;
        NoticePart[] parts = wrapper is { } octets
            ? [NoticePart.Text(text), NoticePart.Attachment("application/octet-stream", "unopened-mail.asc", octets.Span)]
            : [NoticePart.Text(text)];
        return Notice.Build(account, received, "A mail could not be opened", "mixed", parts);
    }
}
