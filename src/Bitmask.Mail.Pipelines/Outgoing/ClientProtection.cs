using System.Formats.Asn1;
using Bitmask.Mail.Pipelines.Mime;
using Bitmask.OpenPgp.Secret;

namespace Bitmask.Mail.Pipelines;

/// <summary>What a mail program has done to a mail before it handed it in.</summary>
internal enum ClientProtection
{
    /// <summary>Nothing, or a part of it only.</summary>
    None,

    /// <summary>The whole is signed.</summary>
    Signed,

    /// <summary>The whole is encrypted.</summary>
    Encrypted,
}

/// <summary>Finds that out. The media type alone is nobody's word: what is called encrypted must begin as an encrypted message does.</summary>
internal static class ClientProtections
{
    // Content types of CMS.
    private const string EnvelopedData = "1.2.840.113549.1.7.3";
    private const string AuthEnvelopedData = "1.2.840.113549.1.9.16.1.23";
    private const string SignedData = "1.2.840.113549.1.7.2";

    /// <summary>Of a mail as it was handed in.</summary>
    public static ClientProtection Of(RawMessage message)
    {
        var type = message.ContentType;
        if (message.Fields.Count(field => field.Is("Content-Type")) > 1)
        {
            return ClientProtection.None; // Two readers may see two mails; ours protects both.
        }

        if (type.IsMimeType("multipart", "signed"))
        {
            return ClientProtection.Signed;
        }

        if (type.IsMimeType("application", "pkcs7-mime") || type.IsMimeType("application", "x-pkcs7-mime"))
        {
            return Cms(PartContent.Decode(message));
        }

        var armor = EncryptedPart.Find(message) ?? (InlineMessage.Find(message) is { IsWhole: true } inline ? inline.Armor : null);
        return armor is { } octets && MessageDecryptor.Decrypt(octets.Span, [], [], DateTimeOffset.UnixEpoch) is DecryptionResult.NoKey ? ClientProtection.Encrypted
            : IsClearSigned(message) ? ClientProtection.Signed
            : ClientProtection.None;
    }

    private static ClientProtection Cms(ReadOnlyMemory<byte> content)
    {
        try
        {
            return new AsnReader(content, AsnEncodingRules.BER).ReadSequence().ReadObjectIdentifier() switch
            {
                EnvelopedData or AuthEnvelopedData => ClientProtection.Encrypted,
                SignedData => ClientProtection.Signed,
                _ => ClientProtection.None,
            };
        }
        catch (AsnContentException)
        {
            return ClientProtection.None;
        }
    }

    /// <summary>The text is one signed in clear, and nothing besides (RFC 9580 §7).</summary>
    private static bool IsClearSigned(RawMessage message)
        => message.ContentType.IsMimeType("text", "plain") && PartContent.Decode(message).Span.TrimStart(" \t\r\n"u8).StartsWith("-----BEGIN PGP SIGNED MESSAGE-----"u8);
}
