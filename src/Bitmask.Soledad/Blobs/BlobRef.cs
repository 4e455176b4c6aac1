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
        json.WriteString("key", ExportKey());
        json.WriteNumber("size", Size);
        json.WriteString("sha256", Sha256);
    }

    /// <summary>The key as documents write it. For documents only: it must not be printed, logged or kept anywhere else.</summary>
    public string ExportKey() => Base64Url.EncodeToString(_key);

    /// <summary>Makes a reference of what a document says; null when that is none.</summary>
    public static BlobRef? TryCreate(string? name, string? key, long size, string? sha256)
        => IsName(name) && key is not null && SealedText.Decode(key) is { Length: KeyOctets } octets && size is >= 0 and <= SealedBlob.MaxSize
            && sha256 is { Length: 64 } && sha256.All(char.IsAsciiHexDigitLower)
            ? new BlobRef(name!, octets, size, Convert.FromHexString(sha256))
            : null;

    /// <summary>Reads the members from an object of a document; null when it is no reference.</summary>
    public static BlobRef? TryRead(JsonElement json)
    {
        try
        {
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty("size", out var member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out var size)
                ? TryCreate(TextOf(json, "blob"), TextOf(json, "key"), size, TextOf(json, "sha256"))
                : null;
        }
        catch (InvalidOperationException)
        {
            return null; // An escaped half of a surrogate pair, in a name or a value, which is JSON and no text.
        }
    }

    /// <summary>Whether this is a name that we give: 32 lower-case hex digits.</summary>
    public static bool IsName(string? name) => name is { Length: NameLength } && name.All(char.IsAsciiHexDigitLower);

    /// <summary>Name and size; never the key.</summary>
    public override string ToString() => $"blob {Name} ({Size} octets)";

    private static string? TextOf(JsonElement json, string member)
        => json.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
