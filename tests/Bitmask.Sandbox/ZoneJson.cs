using System.Text.Json.Serialization;
using Bitmask.Testing.Dns;

namespace Bitmask.Sandbox;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(DnsZone))]
[JsonSerializable(typeof(DaemonSettingsFile))]
internal sealed partial class ZoneJson : JsonSerializerContext;
