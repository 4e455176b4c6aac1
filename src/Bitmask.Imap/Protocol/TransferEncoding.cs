using MimeKit.Encodings;

namespace Bitmask.Imap.Protocol;

/// <summary>Content-Transfer-Encoding (RFC 2045 §6).</summary>
internal static class TransferEncoding
{
    /// <summary>The octets without the encoding; null when it is not known.</summary>
    public static ReadOnlyMemory<byte>? Decode(string encoding, ReadOnlyMemory<byte> body)
    {
        IMimeDecoder decoder;
        switch (encoding)
        {
            case "7bit" or "8bit" or "binary":
                return body;
            case "base64":
                decoder = new Base64Decoder();
                break;
            case "quoted-printable":
                decoder = new QuotedPrintableDecoder();
                break;
            default:
                return null;
        }

        var input = body.ToArray();
        var output = new byte[decoder.EstimateOutputLength(input.Length)];
        return output.AsMemory(0, decoder.Decode(input, 0, input.Length, output));
    }
}

/// <summary>A part's transfer encoding is none that is known (RFC 3516 §4.3, UNKNOWN-CTE).</summary>
internal sealed class UnknownEncodingException : Exception;
