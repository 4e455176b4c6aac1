using Bitmask.Imap.Protocol;
using Bitmask.Mail;

namespace Bitmask.Imap.Session;

/// <summary>
/// The octets of one message for one FETCH: sections are slices of the stored message, found through its MIME tree. What was read
/// once is kept for the other items of the same command.
/// </summary>
internal sealed class MessageSections(MailAccount account, MessageEntry message, MessageSummary? summary = null, MessageContent? content = null)
{
    private MessageContent? _content = content;
    private ReadOnlyMemory<byte>? _header = summary?.Header;
    private MimePartInfo? _structure = summary?.Structure;

    /// <summary>The envelope.</summary>
    public MessageEnvelope Envelope => summary?.Envelope ?? account.Envelope(message.Id);

    /// <summary>The first words of the text.</summary>
    public string Preview => summary?.Preview ?? account.Preview(message.Id);

    /// <summary>The conversation.</summary>
    public ThreadId Thread => account.ThreadOf(message.Id);

    /// <summary>The MIME tree.</summary>
    public MimePartInfo Structure => _structure ??= account.Structure(message.Id);

    private MessageContent Content => _content ??= account.OpenContent(message.Id);

    private ReadOnlyMemory<byte> Header => _header ??= account.HeaderBlock(message.Id);

    /// <summary>The octets of a section, or null when the message has no such part.</summary>
    public async ValueTask<Octets?> SectionAsync(BodySection section, CancellationToken cancellationToken)
    {
        if (section.Part.Count == 0)
        {
            return section.Text switch
            {
                SectionText.Whole => Slice(0, long.MaxValue),
                SectionText.Text => Slice(Structure.BodyOffset, long.MaxValue),
                _ => new Octets(Fields(Header, section)),
            };
        }

        if (Find(section.Part) is not { } part)
        {
            return null;
        }

        return (section.Text, part.Message) switch
        {
            (SectionText.Whole, _) => Slice(part.BodyOffset, part.End),
            (SectionText.Mime, _) => Slice(part.Offset, part.BodyOffset),

            // HEADER and TEXT exist only for an enclosed message (RFC 3501 §6.4.5).
            (_, null) => (Octets?)null,   // typed: a bare null would become an empty section
            (SectionText.Text, { } inner) => Slice(inner.BodyOffset, inner.End),
            (_, { } inner) => new Octets(Fields(await Slice(inner.Offset, inner.BodyOffset).ReadAsync(cancellationToken).ConfigureAwait(false), section)),
        };
    }

    /// <summary>A part without its transfer encoding (RFC 3516 §4.2), or null when the message has no such part. The whole message has none.</summary>
    /// <exception cref="UnknownEncodingException">The encoding is not known.</exception>
    public async ValueTask<Octets?> DecodedAsync(BodySection section, CancellationToken cancellationToken)
    {
        if (section.Part.Count == 0)
        {
            return Slice(0, long.MaxValue);
        }

        if (Find(section.Part) is not { } part)
        {
            return null;
        }

        var body = Slice(part.BodyOffset, part.End);
        return part.IsMultipart || part.Message is not null
            ? body
            : new Octets(TransferEncoding.Decode(part.Encoding, await body.ReadAsync(cancellationToken).ConfigureAwait(false)) ?? throw new UnknownEncodingException());
    }

    private static ReadOnlyMemory<byte> Fields(ReadOnlyMemory<byte> header, BodySection section)
        => section.Text == SectionText.Header ? header : HeaderFields.Select(header.Span, section.Fields, section.Text == SectionText.HeaderFieldsNot);

    private MimePartInfo? Find(IReadOnlyList<uint> numbers)
    {
        var parts = PartsOf(Structure);
        MimePartInfo? part = null;
        foreach (var number in numbers)
        {
            if (number > parts.Count)
            {
                return null;
            }

            part = parts[(int)number - 1];
            parts = part.IsMultipart ? part.Parts : part.Message is { } inner ? PartsOf(inner) : [];
        }

        return part;
    }

    /// <summary>The numbered parts of a message: those of its multipart, else its one body, number 1.</summary>
    private static IReadOnlyList<MimePartInfo> PartsOf(MimePartInfo message) => message.IsMultipart ? message.Parts : [message];

    private Octets Slice(long start, long end) => new(Content, start, end);
}
