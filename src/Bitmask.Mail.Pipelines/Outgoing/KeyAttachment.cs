using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;

namespace Bitmask.Mail.Pipelines;

/// <summary>Puts a key beside what a mail says (RFC 3156 §7). The mail's body becomes the first part as it stands: octets, charset and transfer encoding stay.</summary>
internal static class KeyAttachment
{
    /// <summary>The mail with the key attached.</summary>
    /// <param name="message">The mail.</param>
    /// <param name="certificate">The key, as small as it is to be.</param>
    public static RawMessage Add(RawMessage message, OpenPgpCertificate certificate)
    {
        var boundary = "=_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var writer = new ArrayBufferWriter<byte>(message.Body.Length + 8192);
        var entity = OutgoingMessage.Entity(message);
        Write($"--{boundary}\r\n");
        writer.Write(entity.WithFields(entity.Fields));
        Write($"\r\n--{boundary}\r\nContent-Type: application/pgp-keys\r\nContent-Description: OpenPGP public key\r\nContent-Disposition: attachment;\r\n filename=\"OpenPGP_0x{certificate.Fingerprint.Value}.asc\"\r\n\r\n");
        Write($"{certificate.ToArmor().ReplaceLineEndings("\r\n")}\r\n--{boundary}--\r\n");
        IEnumerable<RawField> fields =
        [
            .. message.Fields.Where(field => !field.IsContent && !field.Is("MIME-Version")),
            RawField.Create("MIME-Version", "1.0"),
            RawField.Create("Content-Type", $"multipart/mixed; boundary=\"{boundary}\""),
        ];
        return new RawMessage([.. fields], "\r\n"u8.ToArray(), writer.WrittenMemory);

        void Write(string text) => writer.Write(Encoding.ASCII.GetBytes(text));
    }
}
