using System.Text.Json.Serialization;
using Bitmask.Daemon.Accounts;

namespace Bitmask.Daemon;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(AccountFile))]
[JsonSerializable(typeof(string))]
internal sealed partial class DaemonJson : JsonSerializerContext;
