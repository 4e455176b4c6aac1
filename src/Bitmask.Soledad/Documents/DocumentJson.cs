using System.Text;
using System.Text.Json;

namespace Bitmask.Soledad;

/// <summary>Looks into a document's JSON text without building anything from it.</summary>
internal static class DocumentJson
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Checks that the text is one JSON object and finds its type; false when it is not.</summary>
    public static bool TryRead(string json, out string? type)
    {
        type = null;
        try
        {
            var reader = new Utf8JsonReader(Strict.GetBytes(json));
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            ReadType(ref reader, ref type, stopWhenFound: false);
            return !reader.Read();
        }
        catch (Exception e) when (e is JsonException or EncoderFallbackException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>False when the text has halves of surrogate pairs, which no UTF-8 can carry.</summary>
    public static bool IsUnicode(string text)
    {
        try
        {
            return Strict.GetByteCount(text) >= 0;
        }
        catch (EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>The type of a text that is known to be one JSON object.</summary>
    public static string? TypeOf(string json)
    {
        string? type = null;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        if (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            ReadType(ref reader, ref type, stopWhenFound: true);
        }

        return type;
    }

    private static void ReadType(ref Utf8JsonReader reader, ref string? type, bool stopWhenFound)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isType = reader.ValueTextEquals("type"u8);
            reader.Read();
            if (isType && reader.TokenType == JsonTokenType.String)
            {
                type = reader.GetString();
                if (stopWhenFound)
                {
                    return;
                }
            }

            reader.Skip();
        }
    }
}
