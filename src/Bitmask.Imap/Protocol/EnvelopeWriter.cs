using Bitmask.Mail;

namespace Bitmask.Imap.Protocol;

/// <summary>envelope (RFC 3501 §7.4.2).</summary>
internal static class EnvelopeWriter
{
    /// <summary>Writes the structure.</summary>
    public static void Write(ResponseWriter writer, MessageEnvelope envelope)
    {
        writer.Raw("("u8);
        writer.NString(envelope.Date);
        writer.Raw(" "u8);
        writer.NString(envelope.Subject);
        foreach (var list in new[] { envelope.From, envelope.Sender, envelope.ReplyTo, envelope.To, envelope.Cc, envelope.Bcc })
        {
            writer.Raw(" "u8);
            Addresses(writer, list);
        }

        writer.Raw(" "u8);
        writer.NString(envelope.InReplyTo);
        writer.Raw(" "u8);
        writer.NString(envelope.MessageId);
        writer.Raw(")"u8);
    }

    private static void Addresses(ResponseWriter writer, IReadOnlyList<EnvelopeAddress> addresses)
    {
        if (addresses.Count == 0)
        {
            writer.Nil();
            return;
        }

        writer.Raw("("u8);
        foreach (var address in addresses)
        {
            writer.Raw("("u8);
            writer.NString(address.Name);
            writer.Raw(" "u8);
            writer.NString(address.Route);
            writer.Raw(" "u8);
            writer.NString(address.Mailbox);
            writer.Raw(" "u8);
            writer.NString(address.Host);
            writer.Raw(")"u8);
        }

        writer.Raw(")"u8);
    }
}
