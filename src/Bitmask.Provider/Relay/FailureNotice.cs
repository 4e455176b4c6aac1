using System.Globalization;
using System.Text;
using Bitmask.Provider.Mx;
using Bitmask.Smtp;

namespace Bitmask.Provider.Relay;

/// <summary>The notice that a mail could not be delivered (RFC 3464), with the header of the mail only. It has no sender, so nothing answers it.</summary>
internal static class FailureNotice
{
    public static byte[] Write(string mxHost, string domain, QueuedMail mail, QueuedAddress recipient, SmtpReply reply, string? server, string id, DateTimeOffset submitted, DateTimeOffset now)
    {
        var boundary = "=_" + id;
        var text = new StringBuilder();
        void Line(string line = "") => text.Append(line).Append("\r\n");

        Line($"From: Mail Delivery System <MAILER-DAEMON@{domain}>");
        Line($"To: <{mail.Envelope.ReversePath}>");
        Line("Subject: Undelivered Mail Returned to Sender");
        Line($"Date: {LocalDelivery.Date(now)}");
        Line($"Message-ID: <{id}@{mxHost}>");
        Line("Auto-Submitted: auto-replied");
        Line("MIME-Version: 1.0");
        Line($"Content-Type: multipart/report; report-type=delivery-status; boundary=\"{boundary}\"");
        Line();
        Line("--" + boundary);
        Line("Content-Type: text/plain; charset=utf-8");
        Line("Content-Transfer-Encoding: 8bit");
        Line();
        Line("Your mail could not be delivered to");
        Line();
        Line($"    {recipient.Address}");
        Line();
        Line(server is null ? "The reason:" : $"The mail server {server} said:");
        Line();
        Line($"    {Printable(reply.ToString())}");
        Line();
        Line("It will not be tried again.");
        Line();
        Line("--" + boundary);
        Line("Content-Type: message/delivery-status");
        Line();
        if (mail.Envelope.EnvelopeId is { } envelopeId)
        {
            Line($"Original-Envelope-Id: {Printable(envelopeId)}");
        }

        Line($"Reporting-MTA: dns; {mxHost}");
        Line($"Arrival-Date: {LocalDelivery.Date(submitted)}");
        Line();
        if (recipient.OriginalRecipient is { } original)
        {
            Line($"Original-Recipient: {Printable(original)}");
        }

        Line($"Final-Recipient: rfc822; {recipient.Address}");
        Line("Action: failed");
        Line($"Status: {(reply.EnhancedCode.Length > 0 ? reply.EnhancedCode : "5.0.0")}");
        if (server is not null)
        {
            Line($"Remote-MTA: dns; {server}");
            Line(string.Create(CultureInfo.InvariantCulture, $"Diagnostic-Code: smtp; {Printable(reply.ToString())}"));
        }

        Line();
        Line("--" + boundary);
        Line("Content-Type: text/rfc822-headers");
        Line();
        return [.. Encoding.UTF8.GetBytes(text.ToString()), .. HeaderOf(mail.Message).Span, .. Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n")];
    }

    /// <summary>What the other server said must not make lines of its own.</summary>
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c).Take(900));

    private static ReadOnlyMemory<byte> HeaderOf(ReadOnlyMemory<byte> message)
        => MailHeader.Read(message).Fields is [.., var last] ? message[..(last.Start + last.Length)] : ReadOnlyMemory<byte>.Empty;
}
