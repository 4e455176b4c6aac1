using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Soledad;

/// <summary>One row of the list <c>GET /incoming/UUID/</c>: mail that waits, oldest first.</summary>
public sealed record IncomingItemInfo
{
    /// <summary>Name of the item.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>Its place; grows, never reused. <c>?after=seq</c> continues a list.</summary>
    [JsonPropertyName("seq")]
    public required long Seq { get; init; }

    /// <summary>Stored size in octets.</summary>
    [JsonPropertyName("size")]
    public required long Size { get; init; }

    /// <summary>When it was accepted.</summary>
    [JsonPropertyName("received")]
    public required DateTimeOffset Received { get; init; }
}
