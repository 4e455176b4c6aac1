using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// Deleted documents, by true id and the revision of the deletion (security.md A7): a sealed document <c>grave-RANDOM</c> in place of many tombstones. It is
/// written once and never changed, so that it never is in conflict; a device that was away for too long learns from it what is deleted.
/// </summary>
internal sealed class Grave
{
    public const string DocumentType = "grave";

    /// <summary>Most documents of one that is written: some 40 KB.</summary>
    public const int MaxWritten = 500;

    private const string IdPrefix = "grave-";
    private const int MaxRead = 10_000;
    private const int IdOctets = 16;

    [JsonPropertyName("type")]
    public string Type { get; set; } = DocumentType;

    [JsonPropertyName("v")]
    public int Version { get; set; } = 1;

    /// <summary>Document → revision of its deletion.</summary>
    [JsonPropertyName("ids")]
    public SortedDictionary<string, string> Ids { get; set; } = new(StringComparer.Ordinal);

    public static string NewId() => IdPrefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdOctets));

    /// <summary>What is in it; nothing for one of another form, which a later program may have written.</summary>
    public static IReadOnlyDictionary<string, string> Read(Document document)
    {
        try
        {
            return document.Id.StartsWith(IdPrefix, StringComparison.Ordinal) && document.Json is { } json
                && JsonSerializer.Deserialize(json, GraveJson.Default.Grave) is { Version: 1, Ids: { Count: <= MaxRead } ids }
                && ids.All(static entry => DocumentId.IsValid(entry.Key) && entry.Value is not null && Revision.TryParse(entry.Value, out _))
                ? ids
                : [];
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return new SortedDictionary<string, string>();
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, GraveJson.Default.Grave);
}

[JsonSerializable(typeof(Grave))]
internal sealed partial class GraveJson : JsonSerializerContext;
