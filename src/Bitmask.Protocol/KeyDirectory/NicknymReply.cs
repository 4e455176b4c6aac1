using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bitmask.Protocol.KeyDirectory;

/// <summary>Answer of a key directory to <c>GET /?address=…</c>: 200 with a key, 404 with none; 502 when it could not find out.</summary>
public sealed record NicknymReply
{
    /// <summary>Longest answer read, in octets.</summary>
    public const int MaxOctets = 256 * 1024;

    /// <summary>The address asked for.</summary>
    [JsonPropertyName("address")]
    public required string Address { get; init; }

    /// <summary>The armored OpenPGP certificate.</summary>
    [JsonPropertyName("openpgp")]
    public required string OpenPgp { get; init; }

    /// <summary>Where the directory has it from, such as <c>provider</c>, <c>nicknym</c>, <c>wkd</c>.</summary>
    [JsonPropertyName("source")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Source { get; init; }

    /// <summary>The validation level the directory would give it; a hint.</summary>
    [JsonPropertyName("validation")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Validation { get; init; }

    /// <summary>Reads an answer; false when it is not one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> json, out NicknymReply? reply)
    {
        reply = null;
        try
        {
            reply = json.Length <= MaxOctets ? JsonSerializer.Deserialize(json, KeyDirectoryJson.Default.NicknymReply) : null;
        }
        catch (JsonException)
        {
            // Null says it all.
        }

        return reply is not null;
    }

    /// <summary>The serialised answer.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, KeyDirectoryJson.Default.NicknymReply);
}

/// <summary>How the records of this folder are read and written.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = 8)]
[JsonSerializable(typeof(NicknymReply))]
public sealed partial class KeyDirectoryJson : JsonSerializerContext;
