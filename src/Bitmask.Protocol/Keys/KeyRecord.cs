using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Primitives;

namespace Bitmask.Protocol.Keys;

/// <summary>
/// The key record at the provider, version 3 (security.md A2): slots that hold the root, and a body, the keyset, encrypted under a key of the root. The
/// provider keeps it, bound to the account, and can read none of it.
/// </summary>
public sealed record KeyRecord
{
    /// <summary>The only version.</summary>
    public const int CurrentVersion = 3;

    /// <summary>Longest serialised record, in octets.</summary>
    public const int MaxOctets = 256 * 1024;

    /// <summary>Most slots.</summary>
    public const int MaxSlots = 16;

    /// <summary>3.</summary>
    [JsonPropertyName("version")]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The account, 32 hex digits.</summary>
    [JsonPropertyName("uuid")]
    public required string Uuid { get; init; }

    /// <summary>Grows with every change; a device refuses one lower than it has seen.</summary>
    [JsonPropertyName("serial")]
    public required long Serial { get; init; }

    /// <summary>The ways to the root.</summary>
    [JsonPropertyName("slots")]
    public required IReadOnlyList<KeySlot> Slots { get; init; }

    /// <summary>Nonce of the body, 12 octets, base64url.</summary>
    [JsonPropertyName("nonce")]
    public required string Nonce { get; init; }

    /// <summary>The encrypted keyset and its tag, base64url.</summary>
    [JsonPropertyName("body")]
    public required string Body { get; init; }

    /// <summary>What the body's encryption authenticates beside it: version, account, serial.</summary>
    public static byte[] BodyAssociatedData(UserId user, long serial)
        => new AssociatedData().Add(CurrentVersion).Add(user.Value).Add(serial).ToArray();

    /// <summary>Reads a record and checks its form.</summary>
    /// <exception cref="KeysProtocolException">Not a record of this version.</exception>
    public static KeyRecord Parse(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxOctets)
        {
            throw new KeysProtocolException("The key record is too big.");
        }

        KeyRecord? record;
        try
        {
            record = JsonSerializer.Deserialize(json, KeysJson.Default.KeyRecord);
        }
        catch (JsonException e)
        {
            throw new KeysProtocolException("The key record is not JSON of the expected form.", e);
        }

        if (record is not { Version: CurrentVersion, Serial: > 0, Slots.Count: > 0 and <= MaxSlots } || !UserId.TryParse(record.Uuid, out _)
            || record.Slots.Any(s => s is null) || record.Slots.Select(s => s.Id).Distinct().Count() != record.Slots.Count)
        {
            throw new KeysProtocolException("The key record has an unknown version or a wrong form.");
        }

        return record;
    }

    /// <summary>The serialised record.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, KeysJson.Default.KeyRecord);

    internal static string Encode(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes);

    internal static byte[] Decode(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException e)
        {
            throw new KeysProtocolException("A field of the key record is not base64url.", e);
        }
    }
}

/// <summary>How the records of this folder are read and written.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = 8)]
[JsonSerializable(typeof(KeyRecord))]
[JsonSerializable(typeof(KeySlot))]
public sealed partial class KeysJson : JsonSerializerContext;
