using System.Buffers;
using System.Text;
using Bitmask.Mail.Pipelines.Mime;

namespace Bitmask.Mail.Pipelines;

/// <summary>
/// An OpenPGP message written into the text of a mail ("inline PGP"), as old programs do it. Looked for in plain text only: what is decrypted inside of HTML
/// could be carried away by it.
/// </summary>
/// <param name="Before">The text before it, decoded.</param>
/// <param name="Armor">The message, armored.</param>
/// <param name="After">The text after it.</param>
internal sealed record InlineMessage(ReadOnlyMemory<byte> Before, ReadOnlyMemory<byte> Armor, ReadOnlyMemory<byte> After)
{
    /// <summary>Whether nothing but the message is in the text.</summary>
    public bool IsWhole => IsBlank(Before.Span) && IsBlank(After.Span);

    /// <summary>The first message in the text of a mail that is one part of plain text; null when there is none.</summary>
    public static InlineMessage? Find(RawMessage mail) => Find(mail, "-----BEGIN PGP MESSAGE-----"u8, "-----END PGP MESSAGE-----"u8);

    /// <summary>The first text with its signature below it (RFC 9580 §7), in the same places; null when there is none.</summary>
    public static InlineMessage? FindSigned(RawMessage mail) => Find(mail, "-----BEGIN PGP SIGNED MESSAGE-----"u8, "-----END PGP SIGNATURE-----"u8);

    private static InlineMessage? Find(RawMessage mail, ReadOnlySpan<byte> first, ReadOnlySpan<byte> last)
    {
        if (mail.Fields.Count(field => field.Is("Content-Type")) > 1 || !mail.ContentType.IsMimeType("text", "plain"))
        {
            return null;
        }

        var text = PartContent.Decode(mail);
        var start = LineThatBegins(text.Span, first);
        if (start < 0 || LineThatBegins(text.Span[start..], last) is not (> 0 and var length))
        {
            return null;
        }

        var rest = text.Span[(start + length)..];
        var end = rest.IndexOf((byte)'\n') is >= 0 and var line ? start + length + line + 1 : text.Length;
        return new InlineMessage(text[..start], text[start..end], text[end..]);
    }

    /// <summary>The mail with the plaintext in the message's place, and where in it the plaintext stands; null instead of that when its line ends had to be changed.</summary>
    public (byte[] Raw, long[]? Range) Open(IReadOnlyList<RawField> outer, ReadOnlyMemory<byte> decrypted, string charset)
    {
        var canonical = LineEnds.ToCrLf(decrypted);
        var writer = new ArrayBufferWriter<byte>(decrypted.Length + 4096);
        foreach (var field in outer.Where(field => !field.IsContent && !field.Is("MIME-Version")))
        {
            writer.Write(field.Octets.Span);
        }

        writer.Write(Encoding.ASCII.GetBytes($"MIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"));
        Write(IsWhole ? default : Before);
        var start = writer.WrittenCount;
        writer.Write(canonical ?? decrypted.Span);
        long[]? range = canonical is null ? [start, decrypted.Length] : null;
        Write(IsWhole ? default : After);
        return (writer.WrittenSpan.ToArray(), range);

        void Write(ReadOnlyMemory<byte> text) => writer.Write(LineEnds.ToCrLf(text) ?? text.Span);
    }

    /// <summary>The charset of the plaintext: what the armor says, else what the mail says, else UTF-8 (RFC 9580 §6.2.2.4).</summary>
    public string Charset(RawMessage mail)
    {
        foreach (var line in Encoding.ASCII.GetString(Armor.Span[..Math.Min(Armor.Length, 2048)]).Split('\n').Skip(1).TakeWhile(line => line.Contains(':', StringComparison.Ordinal)))
        {
            if (line.StartsWith("Charset:", StringComparison.OrdinalIgnoreCase))
            {
                return Name(line[8..].Trim());
            }
        }

        return Name(mail.ContentType.Charset);

        // Whatever it says goes into a header field.
        static string Name(string? charset) => charset is { Length: > 0 and <= 40 } && charset.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') ? charset : "utf-8";
    }

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static int LineThatBegins(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start)
    {
        for (var at = 0; at < text.Length;)
        {
            var found = text[at..].IndexOf(start);
            if (found < 0)
            {
                return -1;
            }

            at += found;
            if (at == 0 || text[at - 1] == '\n')
            {
                return at;
            }

            at += start.Length;
        }

        return -1;
    }
}
