namespace Bitmask.Mail;

/// <summary>What a part's own header says about it (RFC 2045, RFC 2183, RFC 3282, RFC 2557, RFC 1864).</summary>
internal static class PartFields
{
    /// <summary>A part with all fields but its place; the media type is the one that the tree was built by.</summary>
    public static MimePartInfo Read(IReadOnlyList<HeaderField> fields, string type, string subtype)
    {
        var contentType = EnvelopeReader.First(fields, "Content-Type");
        var disposition = EnvelopeReader.First(fields, "Content-Disposition") is { } written ? ParameterList.Parse(written) : default;
        return new MimePartInfo
        {
            Type = type.ToLowerInvariant(),
            Subtype = subtype.ToLowerInvariant(),
            Parameters = contentType is not null ? ParameterList.Parse(contentType).Parameters
                : type.Equals("text", StringComparison.OrdinalIgnoreCase) ? [new MimeParameter("charset", "us-ascii")] // RFC 2045 §5.2
                : [],
            Id = Text(fields, "Content-ID"),
            Description = Text(fields, "Content-Description"),
            Encoding = Text(fields, "Content-Transfer-Encoding") is { } encoding ? ParameterList.Parse(encoding).Value : "7bit",
            Md5 = Text(fields, "Content-MD5"),
            Disposition = string.IsNullOrEmpty(disposition.Value) ? null : disposition.Value,
            DispositionParameters = disposition.Parameters ?? [],
            Languages = Text(fields, "Content-Language")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
            Location = Text(fields, "Content-Location"),
            Offset = 0,
            BodyOffset = 0,
            End = 0,
        };
    }

    /// <summary>Lines of a body: its line feeds.</summary>
    public static int CountLines(ReadOnlySpan<byte> body) => System.MemoryExtensions.Count(body, (byte)'\n');

    private static string? Text(IReadOnlyList<HeaderField> fields, string name)
        => EnvelopeReader.First(fields, name) is { Length: > 0 } text ? text : null;
}
