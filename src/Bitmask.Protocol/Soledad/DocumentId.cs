using System.Text;
using System.Text.Json;

namespace Bitmask.Protocol.Soledad;

/// <summary>The rules for document ids: one or more of ASCII letters, digits, <c>.</c>, <c>%</c>, <c>_</c>, <c>-</c>.</summary>
public static class DocumentId
{
    /// <summary>Longest id accepted, in characters.</summary>
    public const int MaxLength = 1024;

    /// <summary>Whether this text is a document id. (The original also lets one trailing newline pass; here it does not.)</summary>
    public static bool IsValid(string? text)
        => text is { Length: > 0 and <= MaxLength } && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '%' or '_' or '-');

    /// <summary>A new random id, <c>D-</c> and 32 hex digits.</summary>
    public static string New() => "D-" + Guid.NewGuid().ToString("n");
}

/// <summary>The rules for document content: one JSON object, whose text is kept as it is.</summary>
public static class DocumentContent
{
    /// <summary>Whether this text is a JSON object and nothing else.</summary>
    public static bool IsObject(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var first = text.AsSpan().TrimStart(" \t\r\n");
        if (first.IsEmpty || first[0] != '{')
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(Strict.GetBytes(text));
            while (reader.Read())
            {
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or EncoderFallbackException)
        {
            return false;
        }
    }

    /// <summary>Whether two contents say the same: both absent, or equal once parsed.</summary>
    public static bool AreEqual(string? left, string? right)
    {
        if (left is null || right is null || left == right)
        {
            return left == right;
        }

        try
        {
            using var a = JsonDocument.Parse(left);
            using var b = JsonDocument.Parse(right);
            return JsonElement.DeepEquals(a.RootElement, b.RootElement);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    internal static UTF8Encoding Strict { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}
