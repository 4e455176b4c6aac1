using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Verify;

/// <summary>Text as text signatures see it: every line ends with CRLF (RFC 9580 §5.2.1.2).</summary>
internal static class CanonicalText
{
    public static void AppendTo(IncrementalHash hash, ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            if (end < 0)
            {
                hash.AppendData(text);
                return;
            }

            hash.AppendData(end > 0 && text[end - 1] == '\r' ? text[..(end - 1)] : text[..end]);
            hash.AppendData("\r\n"u8);
            text = text[(end + 1)..];
        }
    }
}
