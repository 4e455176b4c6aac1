using System.Globalization;
using MimeKit.Encodings;

namespace Bitmask.Imap.Protocol;

/// <summary>Content-Transfer-Encoding (RFC 2045 §6).</summary>
internal static class TransferEncoding
{
    /// <summary>The octets without the encoding; null when it is not known.</summary>
    public static ReadOnlyMemory<byte>? Decode(string encoding, ReadOnlyMemory<byte> body)
    {
        Base64Decoder decoder;
        switch (encoding)
        {
            case "7bit" or "8bit" or "binary":
                return body;
            case "base64":
                decoder = new Base64Decoder();
                break;
            case "quoted-printable":
                return QuotedPrintable(body.Span);
            default:
                return null;
        }

        var input = body.ToArray();
        var output = new byte[decoder.EstimateOutputLength(input.Length)];
        return output.AsMemory(0, decoder.Decode(input, 0, input.Length, output));
    }

    /// <summary>
    /// RFC 2045 §6.7: white space at the end of a line was added on the way, also behind the sign of a soft break. What is no code stays as
    /// it stands.
    /// </summary>
    private static ReadOnlyMemory<byte> QuotedPrintable(ReadOnlySpan<byte> body)
    {
        var output = new byte[body.Length];
        var length = 0;
        while (!body.IsEmpty)
        {
            var end = body.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            var text = line.TrimEnd(" \t\r"u8);
            var isSoft = text is [.., (byte)'='];
            text = isSoft ? text[..^1] : text;
            for (var i = 0; i < text.Length; i++)
            {
                if (text[i] == '=' && i + 2 < text.Length && byte.TryParse(text.Slice(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var octet))
                {
                    output[length++] = octet;
                    i += 2;
                }
                else
                {
                    output[length++] = text[i];
                }
            }

            if (end >= 0 && !isSoft)
            {
                if (line is [.., (byte)'\r'])
                {
                    output[length++] = (byte)'\r';
                }

                output[length++] = (byte)'\n';
            }
        }

        return output.AsMemory(0, length);
    }
}

/// <summary>A part's transfer encoding is none that is known (RFC 3516 §4.3, UNKNOWN-CTE).</summary>
internal sealed class UnknownEncodingException : Exception;
