using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp;
using Bitmask.OpenPgp.Secret;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// Makes a signed PGP/MIME message (RFC 3156 §5) of a mail that leaves in clear. The mail's own fields stay on top as they are; what describes the body goes with it into the signed part,
/// in a form that no transport changes.
/// </summary>
internal static class SignedCopy
{
    /// <summary>Signs the mail; null when its body can not be brought into such a form: it then leaves unsigned rather than with a signature that breaks.</summary>
    /// <param name="message">The mail.</param>
    /// <param name="signer">Who signs.</param>
    /// <param name="now">When.</param>
    /// <param name="added">Fields that go on top.</param>
    /// <exception cref="UnusableKeyException">The signer can not sign.</exception>
    public static byte[]? Create(RawMessage message, OpenPgpSecretKey signer, DateTimeOffset now, IEnumerable<RawField> added)
    {
        if (SevenBit.Encode(OutgoingMessage.Entity(message)) is not { } entity)
        {
            return null;
        }

        var signature = MessageSigner.SignDetached(entity, signer, now).ReplaceLineEndings("\r\n");
        var boundary = "=_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        var writer = new ArrayBufferWriter<byte>(entity.Length + 8192);
        foreach (var field in added.Concat(message.Fields.Where(field => !OutgoingMessage.IsPrivate(field) && !field.IsContent && !field.Is("MIME-Version"))))
        {
            writer.Write(field.Octets.Span);
        }

        Write($"MIME-Version: 1.0\r\nContent-Type: multipart/signed; protocol=\"application/pgp-signature\";\r\n micalg=pgp-sha512; boundary=\"{boundary}\"\r\n\r\n");
        Write($"This is an OpenPGP/MIME signed message (RFC 4880 and 3156)\r\n--{boundary}\r\n");
        writer.Write(entity);
        Write($"\r\n--{boundary}\r\nContent-Type: application/pgp-signature; name=\"signature.asc\"\r\nContent-Description: OpenPGP digital signature\r\nContent-Disposition: attachment; filename=\"signature.asc\"\r\n\r\n");
        Write($"{signature}\r\n--{boundary}--\r\n");
        return writer.WrittenSpan.ToArray();

        void Write(string text) => writer.Write(Encoding.ASCII.GetBytes(text));
    }
}
