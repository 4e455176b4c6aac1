using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Bitmask.Protocol.Soledad;

/// <summary>Reads small JSON bodies.</summary>
internal static class RecordJson
{
    /// <exception cref="SoledadProtocolException">It is something else.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw new SoledadProtocolException("The body is null.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new SoledadProtocolException("The body is not the expected JSON.", e);
        }
    }
}
