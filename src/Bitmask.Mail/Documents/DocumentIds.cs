namespace Bitmask.Mail;

/// <summary>The ids of mail documents (security.md A9).</summary>
internal static class DocumentIds
{
    public static string Of(MailboxId id) => "B-" + id;

    public static string Of(EntryId id) => "M-" + id;

    public static string Of(HeadId id) => "H-" + id;

    public static string OfSubscription(UInt128 id) => "S-" + HexId.Format(id);

    public static string Part(HeadId head, int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"C-{head}.{number}");

    public static MailboxId? Mailbox(string? documentId) => Read("B-", documentId) is { } value ? new MailboxId(value) : null;

    public static EntryId? Entry(string? documentId) => Read("M-", documentId) is { } value ? new EntryId(value) : null;

    public static HeadId? Head(string? documentId) => Read("H-", documentId) is { } value ? new HeadId(value) : null;

    public static UInt128? Subscription(string? documentId) => Read("S-", documentId);

    private static UInt128? Read(string prefix, string? documentId)
        => documentId is { Length: 34 } && documentId.StartsWith(prefix, StringComparison.Ordinal) && HexId.TryParse(documentId[2..], out var value) ? value : null;
}
