using System.Collections.Frozen;
using System.Text;
using MimeKit.Encodings;
using MimeKit.Utils;

namespace Bitmask.Mail;

/// <summary>
/// The words of a message as a person reads them: encoded words, transfer encodings, character sets and markup undone. The one place
/// that says what searching looks at, for the index and for those not in it yet, so that both find the same.
/// </summary>
internal static class MessageWords
{
    /// <summary>Between two parts: no text that is searched for holds it, so nothing is found across parts.</summary>
    private const char Gap = '\0';

    private static readonly FrozenSet<string> AddressFields = new[] { "From", "Sender", "Reply-To", "To", "Cc", "Bcc" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>More characters than any message has.</summary>
    public const int NoLimit = 1 << 29;

    /// <summary>The header: one line <c>Name: value</c> for each field, in order.</summary>
    /// <param name="header">The header block.</param>
    /// <param name="max">Most characters of the answer.</param>
    /// <param name="whole">False when there was more.</param>
    /// <param name="name">The one field that is of interest; null for all.</param>
    public static string Header(ReadOnlySpan<byte> header, int max, out bool whole, string? name = null)
    {
        var words = new StringBuilder();
        AddHeader(words, header, max, name);
        whole = words.Length <= max;
        return words.ToString(0, Math.Min(words.Length, max));
    }

    /// <summary>
    /// The body: texts, those of office documents too, names of attachments, headers of enclosed messages. What can not be decoded has no words.
    /// </summary>
    public static string Body(MimePartInfo root, ReadOnlyMemory<byte> message, int max, out bool whole) => Body(root, (start, end) => Slice(message, start, end), max, out whole);

    /// <summary>As above, of a message that is read by ranges.</summary>
    public static string Body(MimePartInfo root, Func<long, long, ReadOnlyMemory<byte>> message, int max, out bool whole)
    {
        var words = new StringBuilder();
        whole = true;
        var open = new Stack<MimePartInfo>([root]);
        while (whole && open.TryPop(out var part))
        {
            whole = AddPart(words, part, message, max - words.Length);
            foreach (var child in part.Message is null ? part.Parts.Reverse() : [part.Message])
            {
                open.Push(child);
            }
        }

        return words.ToString();
    }

    private static bool AddPart(StringBuilder words, MimePartInfo part, Func<long, long, ReadOnlyMemory<byte>> message, int max)
    {
        var end = words.Length + max;
        if (part.FileName is { } name)
        {
            words.Append(name).Append(Gap);
        }

        if (part.Message is { } inner)
        {
            AddHeader(words, message(inner.Offset, inner.BodyOffset).Span, Math.Max(0, end - words.Length));
            words.Append(Gap);
        }
        else if (!part.IsMultipart && (IsText(part) || OfficeWords.IsOffice(part)))
        {
            AddText(words, part, message(part.BodyOffset, part.End), Math.Max(0, end - words.Length));
            words.Append(Gap);
        }

        if (words.Length <= end)
        {
            return true;
        }

        words.Length = Math.Max(0, end);
        return false;
    }

    private static void AddText(StringBuilder words, MimePartInfo part, ReadOnlyMemory<byte> body, int max)
    {
        try
        {
            var octets = Decode(part.Encoding, body);
            if (OfficeWords.IsOffice(part))
            {
                OfficeWords.AddTo(words, octets, max);
                return;
            }

            var text = Charsets.Decode(part.Parameters.FirstOrDefault(static p => p.Name == "charset")?.Value, octets.Span);
            if (part.Subtype is "html" or "xhtml+xml")
            {
                HtmlWords.AddTo(words, text, max + 1);
            }
            else
            {
                words.Append(text);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A decoder's fault must never keep a message from being found by its other words.
        }
    }

    private static void AddHeader(StringBuilder words, ReadOnlySpan<byte> header, int max, string? name = null)
    {
        var end = (long)words.Length + max;
        foreach (var field in HeaderFields.Named(header, name))
        {
            if (words.Length > end)
            {
                return;
            }

            var text = Decode(field.Raw);
            words.Append(field.Name.AsSpan().TrimEnd(" \t")).Append(": ").Append(text);
            if (AddressFields.Contains(field.Name))
            {
                AddHiddenAddresses(words, field.Value, text);
            }

            words.Append('\n');
        }
    }

    /// <summary>Addresses that a comment or white space inside hides from whoever looks for them as they are shown (RFC 9051 §6.4.4, FROM: "the envelope structure's field").</summary>
    private static void AddHiddenAddresses(StringBuilder words, string value, string text)
    {
        if (!value.AsSpan().ContainsAny('(', '\\'))
        {
            return;
        }

        foreach (var address in AddressList.Parse(value))
        {
            if (address is { Mailbox: not null, Host: not null } && $"{address.Mailbox}@{address.Host}" is var shown && !text.Contains(shown, StringComparison.OrdinalIgnoreCase))
            {
                words.Append(Gap).Append(shown);
            }
        }
    }

    private static string Decode(string raw)
    {
        var line = raw.AsSpan().Trim(" \t\r\n");
        var text = line.ContainsAny('\r', '\n') ? string.Concat(line.ToString().Where(static c => c is not ('\r' or '\n'))) : line.ToString();
        if (!text.Contains("=?", StringComparison.Ordinal))
        {
            return text;
        }

        try
        {
            return Rfc2047.DecodeText(Encoding.UTF8.GetBytes(text)).Replace('\n', ' ').Trim();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return text;
        }
    }

    /// <summary>Texts, and what is written in text though it is not called so.</summary>
    private static bool IsText(MimePartInfo part)
        => part.Type is "text" or "message"
            || (part.Type == "application" && (part.Subtype is "json" or "xml" or "yaml" or "x-yaml" or "javascript" or "ecmascript" or "sql" or "x-sh" or "toml"
                || part.Subtype.EndsWith("+json", StringComparison.Ordinal) || part.Subtype.EndsWith("+xml", StringComparison.Ordinal)));

    /// <summary>A body without its transfer encoding; as it stands when that is not known.</summary>
    public static ReadOnlyMemory<byte> Decode(string encoding, ReadOnlyMemory<byte> body)
    {
        IMimeDecoder? decoder = encoding switch
        {
            "base64" => new Base64Decoder(),
            "quoted-printable" => new QuotedPrintableDecoder(),
            _ => null,
        };
        if (decoder is null)
        {
            return body;
        }

        var input = body.ToArray();
        var output = new byte[decoder.EstimateOutputLength(input.Length)];
        return output.AsMemory(0, decoder.Decode(input, 0, input.Length, output));
    }

    private static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> message, long start, long end)
    {
        end = Math.Min(end, message.Length);
        return start >= end ? default : message[(int)start..(int)end];
    }
}
