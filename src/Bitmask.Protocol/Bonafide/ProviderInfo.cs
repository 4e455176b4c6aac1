using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Bonafide;

/// <summary>A provider's description of itself, <c>provider.json</c>. Only what mail needs is read.</summary>
public sealed record ProviderInfo
{
    /// <summary>Longest file read, in octets.</summary>
    public const int MaxOctets = 256 * 1024;

    /// <summary>Where the API is, without version, such as <c>https://api.example.org:4430</c>.</summary>
    [JsonPropertyName("api_uri")]
    public required string ApiUri { get; init; }

    /// <summary>The newest API version the provider speaks.</summary>
    [JsonPropertyName("api_version")]
    public string ApiVersion { get; init; } = "1";

    /// <summary>Where the CA certificate is.</summary>
    [JsonPropertyName("ca_cert_uri")]
    public required string CaCertUri { get; init; }

    /// <summary>Its fingerprint, see <see cref="CaFingerprint"/>.</summary>
    [JsonPropertyName("ca_cert_fingerprint")]
    public required string CaCertFingerprint { get; init; }

    /// <summary>The mail domain.</summary>
    [JsonPropertyName("domain")]
    public required string Domain { get; init; }

    /// <summary>Name for people, by language.</summary>
    [JsonPropertyName("name")]
    public IReadOnlyDictionary<string, string> Name { get; init; } = new Dictionary<string, string>();

    /// <summary>Description for people, by language.</summary>
    [JsonPropertyName("description")]
    public IReadOnlyDictionary<string, string> Description { get; init; } = new Dictionary<string, string>();

    /// <summary>Language to fall back to.</summary>
    [JsonPropertyName("default_language")]
    public string DefaultLanguage { get; init; } = "en";

    /// <summary>Languages there are.</summary>
    [JsonPropertyName("languages")]
    public IReadOnlyList<string> Languages { get; init; } = ["en"];

    /// <summary><c>open</c>, <c>invite</c> or <c>closed</c>.</summary>
    [JsonPropertyName("enrollment_policy")]
    public string EnrollmentPolicy { get; init; } = "open";

    /// <summary>Codes of the services, such as <c>mx</c>.</summary>
    [JsonPropertyName("services")]
    public IReadOnlyList<string> Services { get; init; } = [];

    /// <summary>Conditions of the service.</summary>
    [JsonPropertyName("service")]
    public ProviderService? Service { get; init; }

    /// <summary>What this provider can beyond LEAP; null for a LEAP provider, which serves leap accounts only.</summary>
    [JsonPropertyName("bitmask")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ProviderCapabilities? Bitmask { get; init; }

    /// <summary>The capabilities a sealed account needs that this provider does not name; empty is good. Others are negotiable, these are not (security.md A1).</summary>
    public IReadOnlyList<string> MissingSecurity()
        => [.. ProviderCapabilities.RequiredSecurity.Except(Bitmask?.Security ?? [])];

    /// <summary>Reads the file.</summary>
    /// <exception cref="FormatException">Not a provider.json.</exception>
    public static ProviderInfo Parse(ReadOnlySpan<byte> json)
        => BonafideJson.Read(json, BonafideJson.Default.ProviderInfo, MaxOctets, "provider.json");

    /// <summary>The serialised file.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, BonafideJson.Default.ProviderInfo);
}

/// <summary>The member <c>service</c> of provider.json.</summary>
public sealed record ProviderService
{
    /// <summary>Whether an account can be made.</summary>
    [JsonPropertyName("allow_registration")]
    public bool AllowRegistration { get; init; }

    /// <summary>Whether the service can be used without an account.</summary>
    [JsonPropertyName("allow_anonymous")]
    public bool AllowAnonymous { get; init; }

    /// <summary>Whether there is a level without cost.</summary>
    [JsonPropertyName("allow_free")]
    public bool AllowFree { get; init; }

    /// <summary>Whether there is a level with cost.</summary>
    [JsonPropertyName("allow_paid")]
    public bool AllowPaid { get; init; }

    /// <summary>The level of a new account.</summary>
    [JsonPropertyName("default_service_level")]
    public int DefaultServiceLevel { get; init; } = 1;

    /// <summary>The levels, by number.</summary>
    [JsonPropertyName("levels")]
    public IReadOnlyDictionary<string, ProviderServiceLevel> Levels { get; init; } = new Dictionary<string, ProviderServiceLevel>();
}

/// <summary>One service level.</summary>
public sealed record ProviderServiceLevel
{
    /// <summary>Its name.</summary>
    [JsonPropertyName("name")]
    public string Name { get; init; } = "";

    /// <summary>Its description.</summary>
    [JsonPropertyName("description")]
    public string Description { get; init; } = "";

    /// <summary>Storage in MB; null is unlimited.</summary>
    [JsonPropertyName("storage")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Storage { get; init; }
}

/// <summary>The member <c>bitmask</c> of provider.json.</summary>
public sealed record ProviderCapabilities
{
    /// <summary>What a sealed account requires: hardened login, sealed documents, sealed deletes, key record 3, certificates by CSR.</summary>
    public static IReadOnlyList<string> RequiredSecurity { get; } = ["login2", "sealed-documents", "sealed-deletes", "record3", "csr"];

    /// <summary>Security capabilities; absence is an error, never a fallback.</summary>
    [JsonPropertyName("security")]
    public IReadOnlyList<string> Security { get; init; } = [];

    /// <summary>Performance capabilities, such as <c>feed</c>; negotiable.</summary>
    [JsonPropertyName("performance")]
    public IReadOnlyList<string> Performance { get; init; } = [];
}
