using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Bitmask.Protocol.Bonafide;

/// <summary>How the records of this folder are read and written. Unknown members are ignored, repeated ones refused.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = 16, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ProviderInfo))]
[JsonSerializable(typeof(ServiceList))]
[JsonSerializable(typeof(ServiceHosts))]
[JsonSerializable(typeof(SignUpFields))]
[JsonSerializable(typeof(SignUpBody))]
[JsonSerializable(typeof(SignUpAnswer))]
[JsonSerializable(typeof(SessionParams))]
[JsonSerializable(typeof(LoginStart))]
[JsonSerializable(typeof(LoginChallenge))]
[JsonSerializable(typeof(LoginProof))]
[JsonSerializable(typeof(LoginAnswer))]
[JsonSerializable(typeof(DeviceRegistration))]
[JsonSerializable(typeof(DeviceLogin))]
[JsonSerializable(typeof(DeviceChallenge))]
[JsonSerializable(typeof(DeviceSession))]
[JsonSerializable(typeof(ApiError))]
public sealed partial class BonafideJson : JsonSerializerContext
{
    /// <summary>Reads one record.</summary>
    /// <param name="json">The octets.</param>
    /// <param name="type">The record.</param>
    /// <param name="maxOctets">Most octets allowed.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="FormatException">Too big, or not the record.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, int maxOctets, string what)
    {
        if (json.Length > maxOctets)
        {
            throw new FormatException($"{what} is too big.");
        }

        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new FormatException($"{what} is empty.");
        }
        catch (JsonException e)
        {
            throw new FormatException($"{what} is not JSON of the expected form.", e);
        }
    }
}
