using System.Text;
using MimeKit.Utils;

namespace Bitmask.Mail;

/// <summary>Makes a <see cref="MessageOrder"/> from a stored envelope and header.</summary>
internal static class MessageOrderReader
{
    /// <summary>More would be an attack: the first and the latest ones are what threads hang on.</summary>
    private const int MaxReferences = 200;

    public static MessageOrder Read(MessageEnvelope envelope, ReadOnlySpan<byte> header)
    {
        var (subject, isReply) = BaseSubject.Of(envelope.Subject is { } text ? Rfc2047.DecodeText(Encoding.UTF8.GetBytes(text)) : "");
        var references = Ids(EnvelopeReader.First(HeaderFields.Parse(header, out _), "References"));
        if (references.Count == 0)
        {
            references = Ids(envelope.InReplyTo).Take(1).ToList();
        }

        return new MessageOrder(
            envelope.Date is { } date && DateUtils.TryParse(date, out var sent) ? sent : null,
            subject, isReply, First(envelope.From), First(envelope.To), First(envelope.Cc), Ids(envelope.MessageId).FirstOrDefault(), references);
    }

    private static string First(IReadOnlyList<EnvelopeAddress> addresses) => addresses.Count > 0 ? (addresses[0].Mailbox ?? "").ToUpperInvariant() : "";

    /// <summary>What stands in angle brackets, without blanks.</summary>
    private static List<string> Ids(string? text)
    {
        var ids = new List<string>();
        for (var at = text?.IndexOf('<', StringComparison.Ordinal) ?? -1; at >= 0; at = text.IndexOf('<', at + 1))
        {
            var end = text!.IndexOf('>', at);
            if (end < 0)
            {
                break;
            }

            var id = string.Concat(text[(at + 1)..end].Where(static c => !char.IsWhiteSpace(c)));
            if (id.Length > 0)
            {
                ids.Add(id);
            }

            at = end;
        }

        return ids.Count <= MaxReferences ? ids : [ids[0], .. ids[^(MaxReferences - 1)..]];
    }
}
