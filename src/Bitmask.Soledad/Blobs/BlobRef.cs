using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;

namespace Bitmask.Soledad;

/// <summary>
/// What a document says of a blob: <c>{"blob": name, "key": …, "size": n, "sha256": hex}</c> (security.md A5). Name and key are random, so that neither tells
/// anything of the content, and the key lives nowhere but in such documents. It is no record: a record would print the key.
/// </summary>
public sealed class BlobRef
{
    /// <summary>Octets of a key.</summary>
    public const int KeyOctets = 32;

    /// <summary>Hex digits of a name.</summary>
    public const int NameLength = 32;

    private readonly byte[] _key;

    internal BlobRef(string name, byte[] key, long size, byte[] sha256) => (Name, _key, Size, Sha256) = (name, key, size, Convert.ToHexStringLower(sha256));

    /// <summary>The blob's name at the provider: 16 random octets in hex.</summary>
    public string Name { get; }

    /// <summary>Octets of the content, without padding.</summary>
    public long Size { get; }

    /// <summary>SHA-256 of the content in hex.</summary>
    public string Sha256 { get; }

    internal ReadOnlySpan<byte> Key => _key;

    internal static byte[] NewKey() => RandomNumberGenerator.GetBytes(KeyOctets);

    internal static string NewName() => RandomNumberGenerator.GetHexString(NameLength, lowercase: true);

    /// <summary>Writes the members into a JSON object that the caller has begun.</summary>
    public void WriteMembers(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteString("blob", Name);
        json.WriteString("key", Base64Url.EncodeToString(_key));
        json.WriteNumber("size", Size);
        json.WriteString("sha256", Sha256);
    }

    /// <summary>Reads the members from an object of a document; null when it is no reference.</summary>
    public static BlobRef? TryRead(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object || TextOf(json, "blob") is not { } name || !IsName(name)
            || TextOf(json, "key") is not { } keyText || SealedText.Decode(keyText) is not { Length: KeyOctets } key
            || !json.TryGetProperty("size", out var sizeMember) || sizeMember.ValueKind != JsonValueKind.Number || !sizeMember.TryGetInt64(out var size) || size is < 0 or > SealedBlob.MaxSize
            || TextOf(json, "sha256") is not { Length: 64 } sha256 || !sha256.All(char.IsAsciiHexDigitLower))
        {
            return null;
        }

        return new BlobRef(name, key, size, Convert.FromHexString(sha256));
    }

    /// <summary>Whether this is a name that we give: 32 lower-case hex digits.</summary>
    public static bool IsName(string? name) => name is { Length: NameLength } && name.All(char.IsAsciiHexDigitLower);

    /// <summary>Name and size; never the key.</summary>
    public override string ToString() => $"blob {Name} ({Size} octets)";

    private static string? TextOf(JsonElement json, string member)
    {
        try
        {
            return json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // An escaped half of a surrogate pair, which is JSON and no text.
        }
    }
}
