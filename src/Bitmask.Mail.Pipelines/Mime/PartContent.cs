using MimeKit;
using MimeKit.IO.Filters;

namespace Bitmask.Mail.Pipelines.Mime;

/// <summary>Undoes a part's transfer encoding (RFC 2045 §6).</summary>
internal static class PartContent
{
    /// <summary>The decoded content; unknown encodings leave it as it is.</summary>
    public static ReadOnlyMemory<byte> Decode(RawMessage part)
    {
        var word = part.Find("Content-Transfer-Encoding")?.Value.ToLowerInvariant();
        var encoding = word switch
        {
            "base64" => ContentEncoding.Base64,
            "quoted-printable" => ContentEncoding.QuotedPrintable,
            _ => ContentEncoding.Default,
        };
        if (encoding == ContentEncoding.Default)
        {
            return part.Body;
        }

        var filter = DecoderFilter.Create(encoding);
        var octets = filter.Flush(part.Body.ToArray(), 0, part.Body.Length, out var start, out var length);
        return octets.AsMemory(start, length);
    }
}
