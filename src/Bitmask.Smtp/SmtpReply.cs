using System.Globalization;

namespace Bitmask.Smtp;

/// <summary>
/// One answer of an SMTP server (RFC 5321 §4.2) with its enhanced status code (RFC 3463). <paramref name="Text"/> is fit to show a
/// person; it may hold several lines, parted by a line feed. As a server's answer it is made safe when it is written: octets outside of
/// printable ASCII become question marks.
/// </summary>
/// <param name="Code">The three digits.</param>
/// <param name="EnhancedCode">Class, subject and detail, such as <c>5.1.1</c>; empty where there is none (RFC 2034 §4).</param>
/// <param name="Text">What a person reads.</param>
public sealed record SmtpReply(int Code, string EnhancedCode, string Text)
{
    /// <summary>The requested action was done, or may go on (2xx and 3xx).</summary>
    public bool IsPositive => Code is >= 200 and < 400;

    /// <summary>Refused for now; the same may work later (4xx).</summary>
    public bool IsTransient => Code is >= 400 and < 500;

    /// <summary>Refused for good (5xx).</summary>
    public bool IsPermanent => Code >= 500;

    /// <summary>250 2.0.0: accepted, on disk.</summary>
    public static SmtpReply Accepted { get; } = new(250, "2.0.0", "Accepted");

    /// <summary>250 2.1.0.</summary>
    public static SmtpReply SenderOk { get; } = new(250, "2.1.0", "Sender OK");

    /// <summary>250 2.1.5.</summary>
    public static SmtpReply RecipientOk { get; } = new(250, "2.1.5", "Recipient OK");

    /// <summary>235 2.7.0 (RFC 4954 §6).</summary>
    public static SmtpReply AuthenticationOk { get; } = new(235, "2.7.0", "Authentication successful");

    /// <summary>535 5.7.8: wrong user or password; never says which.</summary>
    public static SmtpReply AuthenticationFailed { get; } = new(535, "5.7.8", "Authentication credentials invalid");

    /// <summary>454 4.7.0: the account is locked or can not answer now; no statement about the password (security.md A6).</summary>
    public static SmtpReply AuthenticationUnavailable { get; } = new(454, "4.7.0", "Account is locked: unlock it, then try again");

    /// <summary>530 5.7.0.</summary>
    public static SmtpReply AuthenticationRequired { get; } = new(530, "5.7.0", "Authentication required");

    /// <summary>550 5.1.1.</summary>
    public static SmtpReply UnknownRecipient { get; } = new(550, "5.1.1", "No such user here");

    /// <summary>550 5.7.1.</summary>
    public static SmtpReply RelayDenied { get; } = new(550, "5.7.1", "Relaying denied");

    /// <summary>553 5.7.1: the sender address does not belong to who is logged in.</summary>
    public static SmtpReply SenderNotOwned { get; } = new(553, "5.7.1", "Sender address does not belong to you");

    /// <summary>552 5.3.4.</summary>
    public static SmtpReply TooBig { get; } = new(552, "5.3.4", "Message is larger than accepted here");

    /// <summary>451 4.3.0: something failed on our side; the client is to try again.</summary>
    public static SmtpReply LocalError { get; } = new(451, "4.3.0", "Local error, try again later");

    /// <summary>554 5.6.0.</summary>
    /// <param name="reason">What is wrong with the message.</param>
    public static SmtpReply BadMessage(string reason) => new(554, "5.6.0", reason);

    /// <summary>Code, enhanced code and text on one line.</summary>
    public override string ToString()
        => string.Join(' ', new[] { Code.ToString("000", CultureInfo.InvariantCulture), EnhancedCode, Text.ReplaceLineEndings(" ") }.Where(part => part.Length > 0));
}
