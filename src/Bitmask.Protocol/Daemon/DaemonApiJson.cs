using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Daemon;

/// <summary>The JSON of the daemon's API: snake_case members.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(DaemonVersion))]
[JsonSerializable(typeof(DaemonStatus))]
[JsonSerializable(typeof(Credentials))]
[JsonSerializable(typeof(UserAnswer))]
[JsonSerializable(typeof(LogoutAnswer))]
[JsonSerializable(typeof(IReadOnlyList<UserLine>))]
[JsonSerializable(typeof(MailToken))]
[JsonSerializable(typeof(MailStatus))]
[JsonSerializable(typeof(MessageSecurity))]
[JsonSerializable(typeof(IReadOnlyList<MailCheckAnswer>))]
[JsonSerializable(typeof(IReadOnlyList<MailReindexAnswer>))]
[JsonSerializable(typeof(IReadOnlyList<KeyLine>))]
[JsonSerializable(typeof(KeyExport))]
[JsonSerializable(typeof(StopAnswer))]
[JsonSerializable(typeof(AccountSecrets))]
[JsonSerializable(typeof(PassphraseChanged))]
[JsonSerializable(typeof(RecoveryKit))]
[JsonSerializable(typeof(KitTest))]
[JsonSerializable(typeof(EpochAnswer))]
[JsonSerializable(typeof(IReadOnlyList<DeviceLine>))]
[JsonSerializable(typeof(DeviceRemoved))]
[JsonSerializable(typeof(StoreChecked))]
[JsonSerializable(typeof(DaemonError))]
public sealed partial class DaemonApiJson : JsonSerializerContext;
