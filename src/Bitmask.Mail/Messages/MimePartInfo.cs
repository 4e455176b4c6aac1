namespace Bitmask.Mail;

/// <summary>
/// A node of a message's MIME tree with where its octets are (RFC 9051 §7.5.2 BODYSTRUCTURE, §6.4.5.1 part specifiers). All
/// positions are octets from the message's start, so that every section is a slice of the stored message:
/// <c>BODY[]</c> the whole, <c>BODY[HEADER]</c> = [<see cref="Offset"/>, <see cref="BodyOffset"/>) of the root,
/// <c>BODY[TEXT]</c> = the rest of it, <c>BODY[n.MIME]</c> the header range of part n, <c>BODY[n]</c> its body range, and for a
/// <c>message/rfc822</c> part <c>BODY[n.HEADER]</c>/<c>BODY[n.TEXT]</c> the ranges of its <see cref="Message"/>.
/// </summary>
public sealed record MimePartInfo
{
    /// <summary>Media type in lower case, such as <c>text</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Media subtype in lower case, such as <c>plain</c>.</summary>
    public required string Subtype { get; init; }

    /// <summary>Parameters of Content-Type, in order.</summary>
    public IReadOnlyList<MimeParameter> Parameters { get; init; } = [];

    /// <summary>Content-ID, angle brackets included, or null.</summary>
    public string? Id { get; init; }

    /// <summary>Content-Description, or null.</summary>
    public string? Description { get; init; }

    /// <summary>Content-Transfer-Encoding in lower case; <c>7bit</c> when there is none.</summary>
    public string Encoding { get; init; } = "7bit";

    /// <summary>Where the part's header begins.</summary>
    public required long Offset { get; init; }

    /// <summary>Where its body begins: just after the empty line that ends the header.</summary>
    public required long BodyOffset { get; init; }

    /// <summary>Where its body ends; a line end that belongs to the next boundary is not included.</summary>
    public required long End { get; init; }

    /// <summary>Lines of the body.</summary>
    public int Lines { get; init; }

    /// <summary>Content-MD5, or null.</summary>
    public string? Md5 { get; init; }

    /// <summary>Content-Disposition's type in lower case, or null.</summary>
    public string? Disposition { get; init; }

    /// <summary>Content-Disposition's parameters, in order.</summary>
    public IReadOnlyList<MimeParameter> DispositionParameters { get; init; } = [];

    /// <summary>Content-Language's tags.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>Content-Location, or null.</summary>
    public string? Location { get; init; }

    /// <summary>The parts of a multipart, in order; empty for all others. A multipart without any part stands as a leaf.</summary>
    public IReadOnlyList<MimePartInfo> Parts { get; init; } = [];

    /// <summary>The message inside a <c>message/rfc822</c> (or <c>message/global</c>) part, or null.</summary>
    public MimePartInfo? Message { get; init; }

    /// <summary>The envelope of <see cref="Message"/>, or null.</summary>
    public MessageEnvelope? Envelope { get; init; }

    /// <summary>Size of the body in octets, as transferred.</summary>
    public long Size => End - BodyOffset;

    /// <summary>The name of the part as a file, decoded, or null. It is the sender's choice: never use it as a path.</summary>
    public string? FileName => PartName.Of(this);

    /// <summary>Whether it has parts of its own.</summary>
    public bool IsMultipart => Parts.Count > 0;
}

/// <summary>A parameter of a MIME header field (RFC 2045 §5.1).</summary>
/// <param name="Name">Attribute in lower case.</param>
/// <param name="Value">Value as written, quotes removed; RFC 2231 forms are left as they are.</param>
public sealed record MimeParameter(string Name, string Value);
