using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Soledad;

/// <summary>An entry line as it stands in a stream: the content may be repeated in it, or there may be an error instead.</summary>
internal sealed record SyncEntryLine
{
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("rev")]
    public string? Rev { get; init; }

    [JsonPropertyName("gen")]
    public long? Generation { get; init; }

    [JsonPropertyName("trans_id")]
    public string? TransactionId { get; init; }

    [JsonPropertyName("number_of_docs")]
    public int? NumberOfDocs { get; init; }

    [JsonPropertyName("doc_idx")]
    public int? DocIdx { get; init; }

    [JsonPropertyName("size")]
    public long? Size { get; init; }

    [JsonPropertyName("content")]
    public JsonElement Content { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }
}

[JsonSourceGenerationOptions(AllowDuplicateProperties = false, MaxDepth = 8)]
[JsonSerializable(typeof(SyncEntryLine))]
internal sealed partial class SyncEntryLineJson : JsonSerializerContext;
