using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Bonafide;

/// <summary><c>configs.json</c>: which services have a file, and where.</summary>
public sealed record ServiceList
{
    /// <summary>Service name → path on the API host (the path repeats the version).</summary>
    [JsonPropertyName("services")]
    public required IReadOnlyDictionary<string, string> Services { get; init; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="FormatException">Not a configs.json.</exception>
    public static ServiceList Parse(ReadOnlySpan<byte> json)
        => BonafideJson.Read(json, BonafideJson.Default.ServiceList, ProviderInfo.MaxOctets, "configs.json");

    /// <summary>The serialised file.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, BonafideJson.Default.ServiceList);
}

/// <summary><c>soledad-service.json</c> and <c>smtp-service.json</c>: the hosts of a service.</summary>
public sealed record ServiceHosts
{
    /// <summary>Most hosts of a service that are used.</summary>
    public const int MaxHosts = 8;

    /// <summary>Number of this edition.</summary>
    [JsonPropertyName("serial")]
    public int Serial { get; init; } = 1;

    /// <summary>Version of the format.</summary>
    [JsonPropertyName("version")]
    public int Version { get; init; } = 1;

    /// <summary>Node name → host.</summary>
    [JsonPropertyName("hosts")]
    public required IReadOnlyDictionary<string, ServiceHost> Hosts { get; init; }

    /// <summary>Location name → location.</summary>
    [JsonPropertyName("locations")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, ServiceLocation>? Locations { get; init; }

    /// <summary>The hosts that can be used, in the order of the file: those with a name and a port, most <see cref="MaxHosts"/> of them.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public IReadOnlyList<ServiceHost> Usable()
        => Hosts.Values.Where(static host => host is { Port: > 0 and < 65536 } && Uri.CheckHostName(host.Hostname) is UriHostNameType.Dns or UriHostNameType.IPv4).Take(MaxHosts).ToList() is { Count: > 0 } hosts
            ? hosts
            : throw new FormatException("The service file names no host.");

    /// <summary>Reads the file.</summary>
    /// <exception cref="FormatException">Not a service file.</exception>
    public static ServiceHosts Parse(ReadOnlySpan<byte> json)
        => BonafideJson.Read(json, BonafideJson.Default.ServiceHosts, ProviderInfo.MaxOctets, "the service file");

    /// <summary>The serialised file.</summary>
    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, BonafideJson.Default.ServiceHosts);
}

/// <summary>One host of a service.</summary>
public sealed record ServiceHost
{
    /// <summary>Its name.</summary>
    [JsonPropertyName("hostname")]
    public required string Hostname { get; init; }

    /// <summary>Its address; informative.</summary>
    [JsonPropertyName("ip_address")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IpAddress { get; init; }

    /// <summary>Its port.</summary>
    [JsonPropertyName("port")]
    public required int Port { get; init; }

    /// <summary>Name of its location.</summary>
    [JsonPropertyName("location")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Location { get; init; }
}

/// <summary>Where a host stands.</summary>
public sealed record ServiceLocation
{
    /// <summary>Name for people.</summary>
    [JsonPropertyName("name")]
    public string Name { get; init; } = "";

    /// <summary>Country (ISO 3166).</summary>
    [JsonPropertyName("country_code")]
    public string CountryCode { get; init; } = "";

    /// <summary><c>N</c> or <c>S</c>.</summary>
    [JsonPropertyName("hemisphere")]
    public string Hemisphere { get; init; } = "N";

    /// <summary>Offset from UTC in hours.</summary>
    [JsonPropertyName("timezone")]
    public string Timezone { get; init; } = "+0";
}
