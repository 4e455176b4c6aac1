using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Verify;

/// <summary>Text, given in pieces, as text signatures see it: every line ends with CRLF (RFC 9580 §5.2.1.2).</summary>
internal sealed class CanonicalText
{
    private bool _isAfterCr;

    public void Append(HashWorker hash, ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            hash.Append(line);
            if (!line.IsEmpty)
            {
                _isAfterCr = line[^1] == '\r';
            }

            if (end < 0)
            {
                return;
            }

            hash.Append(_isAfterCr ? "\n"u8 : "\r\n"u8);
            _isAfterCr = false;
            text = text[(end + 1)..];
        }
    }
}
