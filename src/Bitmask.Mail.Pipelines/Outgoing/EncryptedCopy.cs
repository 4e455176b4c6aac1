using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Makes a PGP/MIME message (RFC 3156 §6.2: signed and encrypted in one) with protected headers (RFC 9788): all fields go inside, and outside
/// stay only those that a stranger needs to carry, thread and answer the mail; the Subject outside says nothing.
/// </summary>
internal static class EncryptedCopy
{
    /// <summary>What stands in place of the Subject (RFC 9788 §3.2.1).</summary>
    public const string HiddenSubject = "[...]";

    private static readonly string[] OuterNames = ["From", "To", "Cc", "Date", "Message-ID", "References", "In-Reply-To", "Reply-To"];

    /// <summary>Encrypts to all <paramref name="certificates"/> and signs; the mail's own octets are inside untouched.</summary>
    /// <exception cref="UnusableKeyException">A certificate can not be encrypted to, or the signer can not sign.</exception>
    /// <param name="message">The mail.</param>
    /// <param name="certificates">Whom it is encrypted to.</param>
    /// <param name="signer">Who signs.</param>
    /// <param name="now">When.</param>
    /// <param name="autocrypt">Which keys its headers show.</param>
    public static byte[] Create(
        RawMessage message, IReadOnlyList<OpenPgpCertificate> certificates, OpenPgpSecretKey signer, DateTimeOffset now, AutocryptFields? autocrypt = null)
    {
        var outer = message.Fields.Where(field => OuterNames.Any(field.Is)).Append(RawField.Create("Subject", HiddenSubject)).ToList();
        var armor = MessageSigner.EncryptAndSign(Entity(message, outer, autocrypt?.Gossip ?? []), certificates, signer, now);
        outer.InsertRange(0, autocrypt?.Own ?? []);

        var boundary = "=_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var writer = new ArrayBufferWriter<byte>(armor.Length + 4096);
        outer.ForEach(field => writer.Write(field.Octets.Span));
        writer.Write(Encoding.ASCII.GetBytes(
            $"MIME-Version: 1.0\r\nContent-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\";\r\n boundary=\"{boundary}\"\r\n\r\n"
            + $"This is an OpenPGP/MIME encrypted message (RFC 4880 and 3156)\r\n--{boundary}\r\nContent-Type: application/pgp-encrypted\r\nContent-Description: PGP/MIME version identification\r\n\r\nVersion: 1\r\n\r\n"
            + $"--{boundary}\r\nContent-Type: application/octet-stream; name=\"encrypted.asc\"\r\nContent-Description: OpenPGP encrypted message\r\nContent-Disposition: inline; filename=\"encrypted.asc\"\r\n\r\n"));
        writer.Write(LineEnds.ToCrLf(armor) ?? armor);
        writer.Write(Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n"));
        return writer.WrittenSpan.ToArray();
    }

    /// <summary>What is encrypted: all fields, the outer ones once more as HP-Outer, so that a reader can tell what was in the open (RFC 9788 §2.2).</summary>
    private static byte[] Entity(RawMessage message, List<RawField> outer, IEnumerable<RawField> gossip)
    {
        var fields = gossip.Concat(message.Fields
            .Where(field => !OutgoingMessage.IsPrivate(field) && !field.IsContent && !field.Is("MIME-Version") && !field.Is("HP-Outer")))
            .Concat(outer.Select(HpOuter))
            .Concat(message.Fields.Where(field => field.IsContent && !field.Is("Content-Type")))
            .Append(ProtectedContentType(message));
        return message.WithFields(fields);
    }

    private static RawField HpOuter(RawField field) => new("HP-Outer", Concat(Encoding.ASCII.GetBytes($"HP-Outer: {field.Name}:"), field.RawValue.Span));

    private static RawField ProtectedContentType(RawMessage message)
    {
        if (message.Find("Content-Type") is not { } field)
        {
            var charset = Ascii.IsValid(message.Body.Span) ? "us-ascii" : "utf-8";
            return RawField.Create("Content-Type", $"text/plain; charset={charset}; hp=\"cipher\"");
        }

        // A mail program that protects headers by itself has said so already.
        return message.ContentType.Parameters.Contains("hp") ? field : new RawField(field.Name, Concat(field.Octets.Span.TrimEnd("; \t\r\n"u8), ";\r\n hp=\"cipher\"\r\n"u8));
    }

    private static byte[] Concat(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second) => [.. first, .. second];
}
