namespace Bitmask.Mail;

/// <summary>Makes the envelope structure of RFC 9051 §7.5.2 from a header.</summary>
internal static class EnvelopeReader
{
    public static MessageEnvelope Read(IReadOnlyList<HeaderField> fields)
    {
        var from = Addresses(fields, "From");
        return new MessageEnvelope(
            First(fields, "Date"),
            First(fields, "Subject"),
            from,
            OrFrom(Addresses(fields, "Sender"), from),
            OrFrom(Addresses(fields, "Reply-To"), from),
            Addresses(fields, "To"),
            Addresses(fields, "Cc"),
            Addresses(fields, "Bcc"),
            First(fields, "In-Reply-To"),
            First(fields, "Message-ID"));
    }

    /// <summary>The first field of this name as one line, or null.</summary>
    public static string? First(IReadOnlyList<HeaderField> fields, string name)
    {
        foreach (var field in fields)
        {
            if (field.Is(name))
            {
                return field.Value;
            }
        }

        return null;
    }

    private static List<EnvelopeAddress> OrFrom(List<EnvelopeAddress> addresses, List<EnvelopeAddress> from)
        => addresses.Count > 0 ? addresses : from;

    private static List<EnvelopeAddress> Addresses(IReadOnlyList<HeaderField> fields, string name)
    {
        // A field that stands twice breaks RFC 5322 §3.6; both are shown rather than one hidden.
        List<EnvelopeAddress> addresses = [];
        foreach (var field in fields)
        {
            if (field.Is(name))
            {
                addresses.AddRange(AddressList.Parse(field.Value));
            }
        }

        return addresses;
    }
}
