using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Soledad;

/// <summary>
/// Body of <c>POST /user-UUID/documents</c>: asks for current documents, newest change first, whatever was synced before. The answer is
/// a stream like a download's (<see cref="SyncMediaTypes.GetAnswer"/>). A server refuses members it does not know.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record DocumentsQuery
{
    /// <summary>Most ids of one query.</summary>
    public const int MaxIds = 1000;

    /// <summary>Longest body, in octets.</summary>
    public const int MaxOctets = 2 * 1024 * 1024;

    /// <summary>Only documents whose last change has a lower generation.</summary>
    [JsonPropertyName("below")]
    public long? Below { get; init; }

    /// <summary>Only documents whose last change has a higher generation.</summary>
    [JsonPropertyName("above")]
    public long? Above { get; init; }

    /// <summary>Only documents whose content has at least so many octets; a tombstone has none.</summary>
    [JsonPropertyName("min_octets")]
    public long? MinContentOctets { get; init; }

    /// <summary>Only documents whose content has at most so many octets.</summary>
    [JsonPropertyName("max_octets")]
    public long? MaxContentOctets { get; init; }

    /// <summary>Most documents of the answer; null for all.</summary>
    [JsonPropertyName("limit")]
    public int? Limit { get; init; }

    /// <summary>False: entries come with <see cref="SyncEntry.Size"/> in place of their content. Null means true.</summary>
    [JsonPropertyName("content")]
    public bool? Content { get; init; }

    /// <summary>Just these documents; missing ones are left out. At most <see cref="MaxIds"/>.</summary>
    [JsonPropertyName("ids")]
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Reads a query.</summary>
    /// <exception cref="SoledadProtocolException">It is not a query, or asks for what can not be.</exception>
    public static DocumentsQuery Parse(ReadOnlySpan<byte> json)
    {
        var query = RecordJson.Parse(json, SoledadJson.Default.DocumentsQuery);
        if (query is not { Below: null or >= 0, Above: null or >= 0, MinContentOctets: null or >= 0, MaxContentOctets: null or >= 0, Limit: null or >= 0, Ids: null or { Count: <= MaxIds } })
        {
            throw new SoledadProtocolException("The query is out of bounds.");
        }

        return query.Ids is null || query.Ids.All(DocumentId.IsValid) ? query : throw new SoledadProtocolException(WireErrors.InvalidDocumentId);
    }
}

/// <summary>One version of a document that a client wants removed for ever.</summary>
/// <param name="Id">Document id.</param>
/// <param name="Rev">Its revision; any other revision is kept.</param>
public sealed record CompactItem([property: JsonPropertyName("id")] string Id, [property: JsonPropertyName("rev")] string Rev);

/// <summary>
/// Body of <c>POST /user-UUID/compact</c>: deletions whose graves are written, so that their rows are of no more use once every device has
/// seen them (security.md A7).
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record CompactRequest
{
    /// <summary>Most items of one request.</summary>
    public const int MaxItems = 1000;

    /// <summary>Longest body, in octets.</summary>
    public const int MaxOctets = 4 * 1024 * 1024;

    /// <summary>What to remove.</summary>
    [JsonPropertyName("ids")]
    public required IReadOnlyList<CompactItem> Items { get; init; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="SoledadProtocolException">It is not one, or names too much.</exception>
    public static CompactRequest Parse(ReadOnlySpan<byte> json)
    {
        var request = RecordJson.Parse(json, SoledadJson.Default.CompactRequest);
        if (request.Items.Count > MaxItems || request.Items.Any(static item => item is not { Id: not null, Rev: not null } || !Revision.TryParse(item.Rev, out _)))
        {
            throw new SoledadProtocolException("The request names too many documents, or no revisions.");
        }

        return request.Items.All(static item => DocumentId.IsValid(item.Id)) ? request : throw new SoledadProtocolException(WireErrors.InvalidDocumentId);
    }
}

/// <summary>Answer to a <see cref="CompactRequest"/>.</summary>
public sealed record CompactAnswer
{
    /// <summary>Ids of the documents that are no more.</summary>
    [JsonPropertyName("removed")]
    public required IReadOnlyList<string> Removed { get; init; }

    /// <summary>Ids of those that stay: changed meanwhile, or not yet seen by every device.</summary>
    [JsonPropertyName("kept")]
    public required IReadOnlyList<string> Kept { get; init; }

    /// <summary>The generation that every device of the last 180 days has acknowledged.</summary>
    [JsonPropertyName("horizon")]
    public required long Horizon { get; init; }
}
