using System.Buffers;
using System.Buffers.Text;

namespace Bitmask.Soledad;

/// <summary>The text around a sealed envelope: exactly <c>{"raw": "BASE64URL"}</c>, so that one envelope has one spelling.</summary>
internal static class SealedText
{
    private const string Head = "{\"raw\": \"";
    private const string Tail = "\"}";
    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    public static string Wrap(byte[] envelope)
        => string.Create(Head.Length + Base64Url.GetEncodedLength(envelope.Length) + Tail.Length, envelope, static (text, bytes) =>
        {
            Head.CopyTo(text);
            var written = Base64Url.EncodeToChars(bytes, text[Head.Length..]);
            Tail.CopyTo(text[(Head.Length + written)..]);
        });

    /// <summary>The envelope's octets, or null when the text has another form.</summary>
    public static byte[]? Unwrap(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith(Head, StringComparison.Ordinal) || !text.EndsWith(Tail, StringComparison.Ordinal) || text.Length < Head.Length + Tail.Length)
        {
            return null;
        }

        return Decode(text[Head.Length..^Tail.Length]);
    }

    /// <summary>Base64url without padding, white space or stray bits; null for anything else.</summary>
    public static byte[]? Decode(ReadOnlySpan<char> text)
    {
        if (text.Length % 4 == 1 || text.ContainsAnyExcept(Alphabet))
        {
            return null;
        }

        var bytes = new byte[text.Length / 4 * 3 + (text.Length % 4) switch { 2 => 1, 3 => 2, _ => 0 }];
        if (Base64Url.DecodeFromChars(text, bytes, out _, out var written) != OperationStatus.Done || written != bytes.Length)
        {
            return null;
        }

        // The last character may carry bits that no octet uses: only the spelling with zeros counts.
        var rest = bytes.Length % 3;
        return rest == 0 || Base64Url.EncodeToString(bytes.AsSpan(^rest..)).AsSpan().SequenceEqual(text[^(rest + 1)..]) ? bytes : null;
    }
}
