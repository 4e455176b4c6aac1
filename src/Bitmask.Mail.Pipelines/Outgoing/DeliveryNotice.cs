using System.Buffers;
using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>Tells the user that a mail of his failed or is held: a delivery status notification (RFC 3464, in the multipart/report of RFC 6522).</summary>
internal static class DeliveryNotice
{
    public static byte[] Create(EmailAddress account, OutboxItem item, IReadOnlyList<OutboxRecipient> recipients, RawMessage message, DateTimeOffset now)
    {
        var hasFailed = recipients.Any(recipient => recipient.State == OutboxState.Failed);
        var text = $"""
            {(hasFailed ? "A mail of yours could not be delivered." : "A mail of yours is held back until you decide: sending it now could be unsafe.")}

            {string.Join("\n\n", recipients.Select(recipient => $"{recipient.Address.Address}\n  {(recipient.State == OutboxState.Failed ? "failed" : "held")}: {recipient.Reason}"))}

            {(hasFailed ? "It will not be tried again. " : "You will be reminded. ")}Recipients who are not named here are not affected.
            """;
        return Notice.Build(
            account, now, hasFailed ? "Mail could not be delivered" : "Mail is held back", "report; report-type=delivery-status",
            NoticePart.Text(text),
            new NoticePart("Content-Type: message/delivery-status", Encoding.ASCII.GetBytes(Status(item, recipients))),
            new NoticePart("Content-Type: text/rfc822-headers\r\nContent-Transfer-Encoding: 8bit", Header(message)));
    }

    private static string Status(OutboxItem item, IReadOnlyList<OutboxRecipient> recipients)
    {
        var builder = new StringBuilder()
            .Append("Reporting-MTA: dns; localhost\r\nOriginal-Envelope-Id: ").Append(item.Id)
            .Append("\r\nArrival-Date: ").Append(OutgoingMessage.Date(item.Accepted)).Append("\r\n");
        foreach (var recipient in recipients)
        {
            var isFailed = recipient.State == OutboxState.Failed;
            builder.Append("\r\nFinal-Recipient: rfc822; ").Append(OneLine(recipient.Address.Address))
                .Append("\r\nAction: ").Append(isFailed ? "failed" : "delayed")
                .Append("\r\nStatus: ").Append(StatusCode(recipient, isFailed))
                .Append("\r\nDiagnostic-Code: x-bitmask; ").Append(OneLine(recipient.Reason ?? "")).Append("\r\n");
        }

        return builder.ToString();
    }

    /// <summary>The server's own code where the reason is a reply, else "other" (RFC 3463 §3.1).</summary>
    private static string StatusCode(OutboxRecipient recipient, bool isFailed)
    {
        var words = recipient.Reason?.Split(' ') ?? [];
        return isFailed && words.Length > 1 && words[1].StartsWith("5.", StringComparison.Ordinal) && words[1].All(c => char.IsAsciiDigit(c) || c == '.') ? words[1]
            : isFailed ? "5.0.0" : "4.0.0";
    }

    private static string OneLine(string text) => new([.. text.ReplaceLineEndings(" ").Take(400).Select(c => c is >= ' ' and < (char)127 ? c : '?')]);

    private static byte[] Header(RawMessage message)
    {
        var writer = new ArrayBufferWriter<byte>(4096);
        foreach (var field in message.Fields)
        {
            writer.Write(field.Octets.Span);
        }

        return writer.WrittenSpan.ToArray();
    }
}
