using System.Text;
using MimeKit.Text;

namespace Bitmask.Mail;

/// <summary>The first words of a message for lists (RFC 8970): decoded once, when the message is split.</summary>
internal static class Preview
{
    private const int MaxCharacters = 200;
    private const int MaxOctets = 16 * 1024;

    public static string Of(ReadOnlyMemory<byte> message, MimePartInfo root)
    {
        try
        {
            return Read(message, root);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A decoder's fault must never be the reason that a mail can not be filed.
            return "";
        }
    }

    private static string Read(ReadOnlyMemory<byte> message, MimePartInfo root)
    {
        if (Leaf(root, "plain") is { } plain)
        {
            return Shorten(new PlainTextPreviewer { MaximumPreviewLength = MaxCharacters }, Text(message, plain));
        }

        return Leaf(root, "html") is { } html
            ? Shorten(new HtmlTextPreviewer { MaximumPreviewLength = MaxCharacters }, Text(message, html))
            : "";
    }

    private static string Shorten(TextPreviewer previewer, string text)
        => new([.. previewer.GetPreviewText(text).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? ' ' : c)]);

    // The first text of this kind that is meant to be read; what is inside an attached message is not this message's text.
    private static MimePartInfo? Leaf(MimePartInfo part, string subtype)
    {
        if (part.Type == "text" && part.Subtype == subtype && part.Disposition != "attachment")
        {
            return part;
        }

        foreach (var child in part.Parts)
        {
            if (Leaf(child, subtype) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static string Text(ReadOnlyMemory<byte> message, MimePartInfo part)
    {
        var body = message.Span.Slice((int)part.BodyOffset, (int)Math.Min(part.Size, MaxOctets)).ToArray();
        MimeKit.Encodings.IMimeDecoder? decoder = part.Encoding switch
        {
            "base64" => new MimeKit.Encodings.Base64Decoder(),
            "quoted-printable" => new MimeKit.Encodings.QuotedPrintableDecoder(),
            _ => null,
        };
        if (decoder is not null)
        {
            var decoded = new byte[decoder.EstimateOutputLength(body.Length)];
            body = decoded[..decoder.Decode(body, 0, body.Length, decoded)];
        }

        var charset = part.Parameters.FirstOrDefault(p => p.Name == "charset")?.Value;
        return Charset(charset) is { } encoding ? encoding.GetString(body) : HeaderFields.Decode(body);
    }

    // UTF-8 and ASCII go the tolerant way: a cut character at the end must not turn the whole text into Latin-1.
    private static Encoding? Charset(string? name)
    {
        try
        {
            return string.IsNullOrEmpty(name) || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase) ? null
                : CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
