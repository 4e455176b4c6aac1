using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>One part of a notice.</summary>
/// <param name="Header">Its header fields, without line end after the last.</param>
/// <param name="Content">Its content, encoded as the header says.</param>
internal sealed record NoticePart(string Header, ReadOnlyMemory<byte> Content)
{
    public static NoticePart Text(string text)
        => new("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit", Encoding.UTF8.GetBytes(text.ReplaceLineEndings("\r\n")));

    public static NoticePart Attachment(string type, string name, ReadOnlySpan<byte> octets) => new(
        $"Content-Type: {type}; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"{name}\"",
        Encoding.ASCII.GetBytes(Convert.ToBase64String(octets, Base64FormattingOptions.InsertLineBreaks).ReplaceLineEndings("\r\n")));
}

/// <summary>A mail from this program to its user. Made of the same facts it has the same octets, so that two devices file the same notice.</summary>
internal static class Notice
{
    /// <summary>Builds the mail.</summary>
    /// <param name="to">The user.</param>
    /// <param name="date">Its date.</param>
    /// <param name="subject">One line of ASCII.</param>
    /// <param name="type">The multipart type with parameters, such as <c>mixed</c>.</param>
    /// <param name="parts">What is in it.</param>
    public static byte[] Build(EmailAddress to, DateTimeOffset date, string subject, string type, params IReadOnlyList<NoticePart> parts)
    {
        var hash = SHA256.HashData([.. Encoding.UTF8.GetBytes(subject), .. parts.SelectMany(part => part.Content.ToArray())]);
        var boundary = "=_" + Convert.ToHexStringLower(hash.AsSpan(0, 16));
        var writer = new ArrayBufferWriter<byte>(parts.Sum(part => part.Content.Length) + 4096);
        Write(
            $"From: Bitmask Mail <mailer-daemon@localhost>\r\nTo: {to.Address}\r\nDate: {OutgoingMessage.Date(date)}\r\nSubject: {subject}\r\n"
            + $"Message-ID: <{Convert.ToHexStringLower(hash.AsSpan(16))}@localhost>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
            + $"Content-Type: multipart/{type}; boundary=\"{boundary}\"\r\n\r\n");
        foreach (var part in parts)
        {
            Write($"--{boundary}\r\n{part.Header}\r\n\r\n");
            writer.Write(part.Content.Span);
            Write("\r\n");
        }

        Write($"--{boundary}--\r\n");
        return writer.WrittenSpan.ToArray();

        void Write(string text) => writer.Write(Encoding.UTF8.GetBytes(text));
    }
}
