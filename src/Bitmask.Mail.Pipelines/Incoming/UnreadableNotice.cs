using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>What is filed in place of a mail that could not be opened: nothing is dropped, nothing blocks the others (design rule 7).</summary>
internal static class UnreadableNotice
{
    /// <summary>The notice; with the provider's wrapper attached as it came, or without when it stays at the provider.</summary>
    public static byte[] Create(EmailAddress account, DateTimeOffset received, string reason, ReadOnlyMemory<byte>? wrapper)
    {
        var text = $"""
            A mail arrived for you that could not be opened on this device.

            Why: {reason}

            {(wrapper is null
                ? "It stays in the incoming box at your provider and can be fetched again."
                : "The encrypted mail is attached exactly as your provider sent it. If you have\nthe key it was made for (an older key of yours, for example), it can be opened\nwith any OpenPGP program.")}
            """;
        NoticePart[] parts = wrapper is { } octets
            ? [NoticePart.Text(text), NoticePart.Attachment("application/octet-stream", "unopened-mail.asc", octets.Span)]
            : [NoticePart.Text(text)];
        return Notice.Build(account, received, "A mail could not be opened", "mixed", parts);
    }
}
