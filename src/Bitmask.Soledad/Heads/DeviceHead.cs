using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Primitives;

namespace Bitmask.Soledad;

/// <summary>
/// What a device says of itself after it has sent changes (security.md B1): whose changes it has seen, and what its documents add up to then. A
/// sealed document <c>device-head-ID</c>, so that the provider can keep it back but not write it.
/// </summary>
internal sealed class DeviceHead
{
    public const string DocumentType = "device-head";

    public const string IdPrefix = "device-head-";
    private const int MaxDevices = 10_000;

    [JsonPropertyName("type")]
    public string Type { get; set; } = DocumentType;

    [JsonPropertyName("v")]
    public int Version { get; set; } = 1;

    /// <summary>Device → number of its latest change seen.</summary>
    [JsonPropertyName("seen")]
    public SortedDictionary<string, long> Seen { get; set; } = new(StringComparer.Ordinal);

    /// <summary>The <see cref="StateDigest"/>, in hex.</summary>
    [JsonPropertyName("digest")]
    public string Digest { get; set; } = "";

    /// <summary>When it was written, for people.</summary>
    [JsonPropertyName("time")]
    public DateTimeOffset Time { get; set; }

    public static string DocumentIdOf(DeviceId device) => IdPrefix + device;

    /// <summary>Whether a document is a head: these take no part in what heads are about.</summary>
    public static bool IsHead(string documentId) => documentId.StartsWith(IdPrefix, StringComparison.Ordinal);

    /// <summary>Reads a head; null for one of another form, which a later program may have written.</summary>
    public static DeviceHead? Read(Document document)
    {
        try
        {
            return document.Json is { } json && JsonSerializer.Deserialize(json, DeviceHeadJson.Default.DeviceHead) is
            {
                Version: 1, Digest.Length: 2 * StateDigest.Octets, Seen: { Count: <= MaxDevices } seen,
            } head
                && seen.All(static entry => entry.Key.Length == 2 * DeviceId.Octets && entry.Value >= 0)
                ? head
                : null;
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            return null;
        }
    }

    public string ToJson() => JsonSerializer.Serialize(this, DeviceHeadJson.Default.DeviceHead);
}

[JsonSerializable(typeof(DeviceHead))]
internal sealed partial class DeviceHeadJson : JsonSerializerContext;
