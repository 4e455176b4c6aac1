using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Keys;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>A mail that a client handed in: what it must have is added, what nobody may see is taken out, the rest stays as it is.</summary>
internal static class OutgoingMessage
{
    /// <summary>
    /// The mail as it goes into the outbox: Date and Message-ID are there (RFC 6409 §8.2, §8.3), so that every copy and every retry has the
    /// same ones, and Bcc names those who are in no other field, so that the sender's own copy says who got it. Bcc leaves in no copy.
    /// </summary>
    public static ReadOnlyMemory<byte> Complete(RawMessage message, ReadOnlyMemory<byte> raw, EmailAddress sender, IReadOnlyList<EmailAddress> recipients, DateTimeOffset now)
    {
        var added = new List<RawField>();
        if (message.Find("Date") is null)
        {
            added.Add(RawField.Create("Date", Date(now)));
        }

        if (message.Find("Message-ID") is null)
        {
            added.Add(RawField.Create("Message-ID", NewMessageId(sender.Domain)));
        }

        var named = MailAddresses.All(message, "To", "Cc", "Bcc", "Resent-To", "Resent-Cc", "Resent-Bcc");
        var hidden = recipients.Where(recipient => !named.Contains(recipient)).Distinct().ToList();
        if (hidden.Count > 0)
        {
            added.Add(RawField.Create("Bcc", string.Join(",\r\n ", hidden.Select(recipient => recipient.Address))));
        }

        return added.Count == 0 ? raw : message.WithFields([.. message.Fields, .. added]);
    }

    /// <summary>The mail as a recipient without key gets it: without Bcc and what else is not for them (RFC 5322 §3.6.3).</summary>
    /// <param name="message">The mail.</param>
    /// <param name="added">Fields that go on top.</param>
    public static byte[] Plain(RawMessage message, params IEnumerable<RawField> added) => message.WithFields(added.Concat(message.Fields.Where(field => !IsPrivate(field))));

    /// <summary>A mail that the program it comes from has encrypted, with the keys that it shows: only what nobody may see is taken out.</summary>
    public static byte[] PassedOn(RawMessage message) => message.WithFields(message.Fields.Where(field => !IsNobodysBusiness(field)));

    /// <summary>
    /// Fields that leave this machine in no copy; those of Autocrypt are written anew, for mail is encrypted and signed here, not in the program that it comes from.
    /// </summary>
    public static bool IsPrivate(RawField field) => field.Is(AutocryptHeader.FieldName) || field.Is(AutocryptHeader.GossipFieldName) || IsNobodysBusiness(field);

    private static bool IsNobodysBusiness(RawField field)
        => field.Is("Autocrypt-Draft-State") || field.IsReserved || field.Is("Bcc") || field.Is("Resent-Bcc") || field.Is("Return-Path") || field.Is("Received") || field.Is("Delivered-To");

    /// <summary>The body and the fields that describe it, as a part.</summary>
    public static RawMessage Entity(RawMessage message)
    {
        var content = message.Fields.Where(field => field.IsContent).ToList();
        if (message.Find("Content-Type") is null)
        {
            content.Insert(0, RawField.Create("Content-Type", "text/plain; charset=" + (Ascii.IsValid(message.Body.Span) ? "us-ascii" : "utf-8")));
        }

        return new RawMessage(content, "\r\n"u8.ToArray(), message.Body);
    }

    /// <summary>A date of RFC 5322 §3.3.</summary>
    public static string Date(DateTimeOffset time) => time.ToUniversalTime().ToString("ddd, dd MMM yyyy HH:mm:ss +0000", CultureInfo.InvariantCulture);

    /// <summary>A new id that tells nothing about machine, time or user.</summary>
    public static string NewMessageId(string domain) => $"<{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}@{domain}>";
}
