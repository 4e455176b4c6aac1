using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>The JSON of a keyset, as it stands inside the sealed body of the key record (names of security.md A2).</summary>
internal static class KeysetText
{
    /// <summary>UTF-8 JSON, in an array that the caller wipes.</summary>
    public static byte[] Write(Keyset keyset)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("mode", keyset.Mode);
            json.WriteNumber("serial", keyset.Serial);
            WriteKey(json, "idKey", keyset.IdKey);
            WriteKey(json, "digestKey", keyset.DigestKey);
            json.WriteStartArray("epochs");
            foreach (var epoch in keyset.Epochs)
            {
                json.WriteStartObject();
                json.WriteNumber("n", epoch.Number);
                WriteKey(json, "key", epoch.Key);
                json.WriteString("since", epoch.Since);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteString("ownKeyFingerprint", keyset.OwnKeyFingerprint);
            json.WriteString("caSha256", keyset.CaSha256);
            json.WriteString("loginFloor", keyset.LoginFloor);
            json.WriteEndObject();
        }

        var text = buffer.WrittenSpan.ToArray();
        buffer.Clear();
        return text;
    }

    /// <summary>Reads the JSON.</summary>
    /// <exception cref="FormatException">It is no keyset of this version.</exception>
    public static Keyset Read(ReadOnlySpan<byte> utf8)
    {
        KeysetJson? json;
        try
        {
            json = JsonSerializer.Deserialize(utf8, KeysetJsonContext.Default.KeysetJson);
        }
        catch (JsonException e)
        {
            throw new FormatException("The keyset is no valid JSON.", e);
        }

        if (json is not { Mode: Keyset.SealedMode, Serial: > 0, IdKey: not null, DigestKey: not null, Epochs.Length: > 0, CaSha256: not null, LoginFloor: Keyset.Login2 }
            || (json.OwnKeyFingerprint is not null && !Fingerprint.TryParse(json.OwnKeyFingerprint, out _)))
        {
            throw new FormatException("The keyset lacks something or is of another version.");
        }

        var epochs = new KeyEpoch[json.Epochs.Length];
        for (var i = 0; i < epochs.Length; i++)
        {
            // Numbers rise, so that "newest" is the last one and no number means two keys.
            if (json.Epochs[i] is not { Key: not null, N: > 0 and <= SealedHeader.MaxEpoch } epoch || (i > 0 && epoch.N <= epochs[i - 1].Number))
            {
                throw new FormatException("The keyset's epochs are out of order.");
            }

            epochs[i] = new KeyEpoch(epoch.N, ReadKey(epoch.Key), epoch.Since);
        }

        return new Keyset(json.Mode, json.Serial, ReadKey(json.IdKey), ReadKey(json.DigestKey), epochs, json.OwnKeyFingerprint, json.CaSha256, json.LoginFloor);
    }

    private static void WriteKey(Utf8JsonWriter json, string name, SecretBytes key)
    {
        Span<byte> text = stackalloc byte[Base64Url.GetEncodedLength(key.Length)];
        Base64Url.EncodeToUtf8(key.Span, text);
        json.WriteString(name, text);
        text.Clear();
    }

    private static SecretBytes ReadKey(string text)
    {
        var bytes = SealedText.Decode(text);
        if (bytes is not { Length: 32 })
        {
            throw new FormatException("A key in the keyset has not 32 octets.");
        }

        var key = new SecretBytes(bytes);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(bytes);
        return key;
    }
}

internal sealed class KeysetJson
{
    public string? Mode { get; set; }

    public long Serial { get; set; }

    public string? IdKey { get; set; }

    public string? DigestKey { get; set; }

    public EpochJson[]? Epochs { get; set; }

    public string? OwnKeyFingerprint { get; set; }

    public string? CaSha256 { get; set; }

    public string? LoginFloor { get; set; }

    internal sealed class EpochJson
    {
        public uint N { get; set; }

        public string? Key { get; set; }

        public DateTimeOffset Since { get; set; }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KeysetJson))]
internal sealed partial class KeysetJsonContext : JsonSerializerContext;
