using System.Text;

namespace Bitmask.Mail;

public sealed partial class MailAccount
{
    /// <summary>The octets of one part of a message, fetched where they are not here, without their transfer encoding; those of a multipart or an enclosed message as they stand.</summary>
    /// <param name="entry">The message.</param>
    /// <param name="part">A node of its <see cref="Structure"/>.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="MailException">There is no such message.</exception>
    /// <exception cref="MessageDamagedException">The octets are not those that were filed.</exception>
    /// <exception cref="MessageUnavailableException">A large part is not here and could not be fetched.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadPartAsync(EntryId entry, MimePartInfo part, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(part);
        var body = await OpenContent(entry).ReadAllAsync(part.BodyOffset, part.End, cancellationToken).ConfigureAwait(false);
        return part.IsMultipart || part.Message is not null ? body : MessageWords.Decode(part.Encoding, body);
    }

    /// <summary>
    /// The text of a message for a person to read: the first plain text that is no attachment, else the first HTML without its markup; empty
    /// when there is neither.
    /// </summary>
    /// <inheritdoc cref="ReadPartAsync" path="/exception"/>
    public async Task<string> ReadTextAsync(EntryId entry, CancellationToken cancellationToken = default)
    {
        var leaves = Leaves(Structure(entry)).Where(static part => part.Type == "text" && part.Disposition != "attachment").ToList();
        var shown = leaves.Find(static part => part.Subtype == "plain") ?? leaves.Find(static part => part.Subtype == "html");
        if (shown is null)
        {
            return "";
        }

        var text = Charsets.Decode(shown.Parameters.FirstOrDefault(static p => p.Name == "charset")?.Value, (await ReadPartAsync(entry, shown, cancellationToken).ConfigureAwait(false)).Span);
        if (shown.Subtype == "plain")
        {
            return text;
        }

        var words = new StringBuilder();
        HtmlWords.AddTo(words, text, MessageWords.NoLimit);
        return words.ToString();
    }

    private static IEnumerable<MimePartInfo> Leaves(MimePartInfo part) => part.IsMultipart ? part.Parts.SelectMany(Leaves) : [part];
}
