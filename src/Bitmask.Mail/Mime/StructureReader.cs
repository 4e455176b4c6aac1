using MimeKit;

namespace Bitmask.Mail;

/// <summary>
/// Finds the MIME tree of a message and where each part's octets are. MimeKit's reader says where the parts begin and end; everything
/// that is shown is taken from the octets themselves. A message it can not read is one text part.
/// </summary>
internal sealed class StructureReader : MimeReader
{
    /// <summary>More parts than this are an attack: the message is then shown as one text.</summary>
    internal const int MaxParts = 10_000;

    private static readonly ParserOptions Lenient = new() { MaxMimeDepth = 100 };

    private readonly ReadOnlyMemory<byte> _message;
    private readonly Stack<Node> _open = new();
    private long _headerEnd;
    private int _count;
    private Node? _root;

    private StructureReader(ReadOnlyMemory<byte> message, Stream stream)
        : base(Lenient, stream, MimeFormat.Entity)
        => _message = message;

    /// <summary>The tree of any octets; never throws.</summary>
    public static MimePartInfo Read(ReadOnlyMemory<byte> message)
    {
        try
        {
            using var stream = new ReadOnlyMemoryStream(message);
            var reader = new StructureReader(message, stream);
            reader.ReadMessage();
            if (reader._root is { } root && root.Finish(0, message.Length) && root.ToPart(message) is { BodyOffset: <= HeaderFields.MaxHeader } part)
            {
                return part;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // No header, an empty message, too many parts, a fault of the reader: none is a reason to refuse a mail.
        }

        return Text(message);
    }

    /// <summary>The message as one text part.</summary>
    public static MimePartInfo Text(ReadOnlyMemory<byte> message)
    {
        var body = HeaderFields.End(message.Span);
        return new MimePartInfo
        {
            Type = "text",
            Subtype = "plain",
            Parameters = [new MimeParameter("charset", "us-ascii")],
            Offset = 0,
            BodyOffset = body,
            End = message.Length,
            Lines = PartFields.CountLines(message.Span[body..]),
        };
    }

    /// <inheritdoc/>
    protected override void OnHeadersEnd(long beginOffset, int beginLineNumber, long endOffset, int endLineNumber, CancellationToken cancellationToken)
        => _headerEnd = endOffset;

    /// <inheritdoc/>
    protected override void OnMimePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
        => Begin(contentType, beginOffset, NodeKind.Leaf);

    /// <inheritdoc/>
    protected override void OnMultipartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
        => Begin(contentType, beginOffset, NodeKind.Multipart);

    /// <inheritdoc/>
    protected override void OnMessagePartBegin(ContentType contentType, long beginOffset, int beginLineNumber, CancellationToken cancellationToken)
        => Begin(contentType, beginOffset, IsMessage(contentType) ? NodeKind.Message : NodeKind.Leaf);

    /// <inheritdoc/>
    protected override void OnMimePartEnd(ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken)
        => _open.Pop().End = endOffset;

    /// <inheritdoc/>
    protected override void OnMultipartEnd(ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken)
        => _open.Pop().End = endOffset;

    /// <inheritdoc/>
    protected override void OnMessagePartEnd(ContentType contentType, long beginOffset, int beginLineNumber, long headersEndOffset, long endOffset, int lines, CancellationToken cancellationToken)
        => _open.Pop().End = endOffset;

    // The reader looks into text/rfc822-headers, too; that is a text.
    private static bool IsMessage(ContentType type)
        => type.IsMimeType("message", "rfc822") || type.IsMimeType("message", "global");

    private void Begin(ContentType contentType, long offset, NodeKind kind)
    {
        if (++_count > MaxParts)
        {
            throw new TooManyPartsException();
        }

        var node = new Node(contentType.MediaType, contentType.MediaSubtype, kind, offset, _headerEnd);
        if (_open.TryPeek(out var parent))
        {
            parent.Add(node);
        }
        else
        {
            _root ??= node;
        }

        _open.Push(node);
    }

    private enum NodeKind
    {
        Leaf,
        Multipart,
        Message,
    }

    private sealed class TooManyPartsException : Exception;

    /// <summary>A part while the reader is at work.</summary>
    private sealed class Node(string type, string subtype, NodeKind kind, long offset, long bodyOffset)
    {
        private List<Node> Children { get; } = [];

        public long End { get; set; }

        public void Add(Node child)
        {
            if (kind != NodeKind.Leaf)
            {
                Children.Add(child);
            }
        }

        /// <summary>Fits the tree into [<paramref name="start"/>, <paramref name="end"/>); false when its offsets make no sense.</summary>
        public bool Finish(long start, long end, bool whole = true)
        {
            // A whole message begins at its first octet (before a byte order mark, too) and ends at its last.
            offset = whole ? start : offset;

            // An empty line may end a header and, before a boundary, belong to that: then the header is cut short.
            bodyOffset = Math.Min(bodyOffset, end);
            End = whole ? end : Math.Max(End, bodyOffset);
            if (offset < start || bodyOffset < offset || End > end || bodyOffset > End)
            {
                return false;
            }

            var next = bodyOffset;
            foreach (var child in Children)
            {
                if (!child.Finish(kind == NodeKind.Message ? bodyOffset : next, End, kind == NodeKind.Message))
                {
                    return false;
                }

                next = child.End;
            }

            return true;
        }

        public MimePartInfo ToPart(ReadOnlyMemory<byte> message)
        {
            var fields = HeaderFields.Parse(message.Span[(int)offset..(int)bodyOffset], out _);
            var part = PartFields.Read(fields, type, subtype) with { Offset = offset, BodyOffset = bodyOffset, End = End };
            part = part with { Lines = PartFields.CountLines(message.Span[(int)bodyOffset..(int)End]) };
            return kind switch
            {
                // A multipart without parts has no place in the grammar of RFC 9051; what it holds is text at best.
                NodeKind.Multipart when Children.Count == 0 => part with { Type = "text", Subtype = "plain", Parameters = [] },
                NodeKind.Multipart => part with { Parts = [.. Children.Select(child => child.ToPart(message))] },
                NodeKind.Message => Embedded(part, message),

                // An encoded message/rfc822 (forbidden by RFC 2046 §5.2.1, seen nevertheless) can not be looked into.
                _ when part.Type == "message" && part.Subtype is "rfc822" or "global" => part with { Type = "application", Subtype = "octet-stream" },
                _ => part,
            };
        }

        private MimePartInfo Embedded(MimePartInfo part, ReadOnlyMemory<byte> message)
        {
            if (Children is not [var child])
            {
                var nothing = new MimePartInfo { Type = "text", Subtype = "plain", Offset = bodyOffset, BodyOffset = bodyOffset, End = End };
                return part with { Message = nothing, Envelope = MessageEnvelope.Empty };
            }

            var inner = child.ToPart(message);
            var fields = HeaderFields.Parse(message.Span[(int)inner.Offset..(int)inner.BodyOffset], out _);
            return part with { Message = inner, Envelope = EnvelopeReader.Read(fields) };
        }
    }
}
