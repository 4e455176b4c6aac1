using Bitmask.Primitives;
using MimeKit;

namespace Bitmask.Mail.Pipelines.Mime;

/// <summary>Reads addresses out of header fields.</summary>
internal static class MailAddresses
{
    /// <summary>
    /// The one address in the one field of this name. Null when there are two such fields or two addresses in it, for then two programs can
    /// disagree about who wrote the mail.
    /// </summary>
    public static EmailAddress? Single(RawMessage message, string name)
    {
        var fields = message.Fields.Where(field => field.Is(name)).ToList();
        return fields.Count == 1 && All(fields) is [var address] ? address : null;
    }

    /// <summary>All addresses in all fields of these names; what can not be read as an address is passed over.</summary>
    public static HashSet<EmailAddress> All(RawMessage message, params string[] names)
        => [.. All([.. message.Fields.Where(field => names.Any(field.Is))]).OfType<EmailAddress>()];

    private static List<EmailAddress?> All(List<RawField> fields)
        => [.. fields.SelectMany(field => InternetAddressList.TryParse(field.RawValue.ToArray(), out var list) ? list.Mailboxes : [])
            .Select(mailbox => EmailAddress.TryParse(mailbox.Address, out var address) ? address : null)];
}
