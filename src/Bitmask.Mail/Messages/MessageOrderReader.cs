using System.Text;
using MimeKit.Utils;

namespace Bitmask.Mail;

/// <summary>Makes a <see cref="MessageOrder"/> from a stored envelope and header.</summary>
internal static class MessageOrderReader
{
    /// <summary>More would be an attack: the first and the latest ones are what threads hang on.</summary>
    private const int MaxReferences = 200;

    public static MessageOrder Read(MessageEnvelope envelope, ReadOnlySpan<byte> header) => Read(envelope, HeaderFields.Parse(header, out _));

    public static MessageOrder Read(MessageEnvelope envelope, IReadOnlyList<HeaderField> fields)
    {
        var (subject, isReply) = Subject(envelope.Subject);
        return new MessageOrder(
            Sent(envelope.Date), subject, isReply, First(envelope.From), First(envelope.To), First(envelope.Cc), Ids(envelope.MessageId).FirstOrDefault(),
            References(fields, envelope.InReplyTo));
    }

    /// <summary>The Date field as a moment, or null.</summary>
    public static DateTimeOffset? Sent(string? date) => date is not null && DateUtils.TryParse(date, out var sent) ? sent : null;

    /// <summary>The base subject of a Subject field, and whether marks of replies were taken off.</summary>
    public static (string Base, bool IsReply) Subject(string? subject)
        => BaseSubject.Of(subject is null ? "" : Rfc2047.DecodeText(Encoding.UTF8.GetBytes(subject)));

    /// <summary>The messages that a message refers to, oldest first; without References, the one of In-Reply-To (RFC 5256 §3).</summary>
    public static List<string> References(IReadOnlyList<HeaderField> fields, string? inReplyTo)
        => Ids(EnvelopeReader.First(fields, "References")) is { Count: > 0 } references ? references : [.. Ids(inReplyTo).Take(1)];

    private static string First(IReadOnlyList<EnvelopeAddress> addresses) => addresses.Count > 0 ? (addresses[0].Mailbox ?? "").ToUpperInvariant() : "";

    /// <summary>What stands in angle brackets, without blanks.</summary>
    public static List<string> Ids(string? text)
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
