using System.Globalization;
using Bitmask.Smtp.Protocol;

namespace Bitmask.Smtp.Server;

/// <summary>Reads the ESMTP parameters of MAIL and RCPT.</summary>
internal static class MailParameters
{
    private static readonly SmtpReply Unknown = new(555, "5.5.4", "Parameter not known");
    private static readonly SmtpReply Bad = new(501, "5.5.4", "Parameter value not understood");

    /// <summary>The refusal of one of the parameters of MAIL; null when all are good.</summary>
    public static SmtpReply? CheckMail(SmtpPath path, SmtpServerOptions options)
    {
        foreach (var (name, value) in path.Parameters)
        {
            var reply = name switch
            {
                "SIZE" => Size(value) is not { } size ? Bad : size > options.MaxMessageOctets ? SmtpReply.TooBig : null,
                "BODY" => value?.ToUpperInvariant() is "7BIT" or "8BITMIME" ? null : Bad,
                "SMTPUTF8" => value is null ? null : Bad,
                "RET" when options.OfferDsn => value?.ToUpperInvariant() is "FULL" or "HDRS" ? null : Bad,
                "ENVID" when options.OfferDsn => value is { Length: <= 100 } && Xtext.Decode(value) is not null ? null : Bad,
                // Who wrote the mail in someone else's opinion (RFC 4954 §5): accepted, never believed.
                "AUTH" when options.Authentication == SmtpAuthentication.Password => value is not null ? null : Bad,
                _ => Unknown,
            };
            if (reply is not null)
            {
                return reply;
            }
        }

        return path.NeedsSmtpUtf8 && !path.Parameters.ContainsKey("SMTPUTF8") ? new SmtpReply(553, "5.6.7", "This address needs SMTPUTF8") : null;
    }

    /// <summary>The refusal of one of the parameters of RCPT; null when all are good.</summary>
    public static SmtpReply? CheckRecipient(SmtpPath path, bool smtpUtf8, SmtpServerOptions options)
    {
        foreach (var (name, value) in path.Parameters)
        {
            var reply = name switch
            {
                "NOTIFY" when options.OfferDsn => value is not null && IsNotify(value.ToUpperInvariant()) ? null : Bad,
                "ORCPT" when options.OfferDsn => value is { Length: <= 500 } && value.Contains(';', StringComparison.Ordinal) && Xtext.Decode(value) is not null ? null : Bad,
                _ => Unknown,
            };
            if (reply is not null)
            {
                return reply;
            }
        }

        return path.NeedsSmtpUtf8 && !smtpUtf8 ? new SmtpReply(553, "5.6.7", "This address needs SMTPUTF8") : null;
    }

    public static long? Size(string? value)
        => value is { Length: <= 20 } && ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? (long)Math.Min(size, long.MaxValue) : null;

    private static bool IsNotify(string value)
        => value == "NEVER" || value.Split(',').All(word => word is "SUCCESS" or "FAILURE" or "DELAY");
}
