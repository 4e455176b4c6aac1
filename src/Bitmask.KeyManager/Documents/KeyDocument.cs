using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.OpenPgp;

namespace Bitmask.Keys.Documents;

/// <summary>The document that holds one half of a key.</summary>
internal sealed record KeyDocument
{
    public const string DocumentType = "OpenPGPKey";
    public const int KnownVersion = 1;

    /// <summary>Bare addresses, in lower case.</summary>
    public required IReadOnlyList<string> Uids { get; init; }

    public string Type { get; init; } = DocumentType;

    /// <summary>40 upper-case hex digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>The armored key.</summary>
    public required string KeyData { get; init; }

    public required bool Private { get; init; }

    /// <summary>Bits of the primary key.</summary>
    public int Length { get; init; }

    /// <summary>Seconds since 1970; 0 = never.</summary>
    public long ExpiryDate { get; init; }

    /// <summary>Seconds since 1970 of the last import or merge; 0 = never.</summary>
    public long RefreshedAt { get; init; }

    public int Version { get; init; } = KnownVersion;

    public IReadOnlyList<string> Tags { get; init; } = ["keymanager-key"];

    /// <summary>What newer programs wrote, kept.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }

    public static KeyDocument From(OpenPgpCertificate certificate, string? secretArmor, DateTimeOffset refreshed) => new()
    {
        Uids = certificate.Addresses.Select(address => address.Canonical).ToList(),
        Fingerprint = certificate.Fingerprint.Value,
        KeyData = secretArmor ?? certificate.ToArmor(),
        Private = secretArmor is not null,
        Length = certificate.Bits,
        ExpiryDate = certificate.Expires?.ToUnixTimeSeconds() ?? 0,
        RefreshedAt = refreshed.ToUnixTimeSeconds(),
    };

    public override string ToString() => $"key document {Fingerprint}";
}

/// <summary>The document that says which key an address uses.</summary>
internal sealed record ActiveDocument
{
    public const string DocumentType = "OpenPGPKey-active";
    public const int KnownVersion = 1;

    public required string Address { get; init; }

    public string Type { get; init; } = DocumentType;

    public required string Fingerprint { get; init; }

    public required bool Private { get; init; }

    /// <summary>Name of the level.</summary>
    public required string Validation { get; init; }

    /// <summary>Seconds since 1970; 0 = never.</summary>
    public long LastAuditedAt { get; init; }

    public bool EncrUsed { get; init; }

    public bool SignUsed { get; init; }

    public int Version { get; init; } = KnownVersion;

    public IReadOnlyList<string> Tags { get; init; } = ["keymanager-active"];

    /// <summary>What newer programs wrote, kept.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }

    [JsonIgnore]
    public ValidationLevel Level => ValidationLevels.Parse(Validation);

    [JsonIgnore]
    public int TimesUsed => (EncrUsed ? 1 : 0) + (SignUsed ? 1 : 0);

    public override string ToString() => $"active document of {Fingerprint}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, MaxDepth = 16, UseStringEnumConverter = false)]
[JsonSerializable(typeof(KeyDocument))]
[JsonSerializable(typeof(ActiveDocument))]
[JsonSerializable(typeof(PeerDocument))]
internal sealed partial class KeyJson : JsonSerializerContext;
