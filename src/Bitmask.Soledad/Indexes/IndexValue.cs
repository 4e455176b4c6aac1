using System.Globalization;
using System.Text.Json;

namespace Bitmask.Soledad;

/// <summary>What a JSON scalar was: operations of index expressions take some and drop others.</summary>
internal enum IndexValueKind
{
    Null,
    Text,
    Integer,
    Real,
    Boolean,
}

/// <summary>One value on its way through an index expression.</summary>
/// <param name="Kind">What it was in the document.</param>
/// <param name="Text">As it is indexed; null for JSON null, which is not indexed: nothing finds it.</param>
internal readonly record struct IndexValue(IndexValueKind Kind, string? Text)
{
    public static IndexValue Of(string text) => new(IndexValueKind.Text, text);

    public static IndexValue Of(bool value) => new(IndexValueKind.Boolean, value ? "1" : "0");

    /// <summary>A scalar; false for an object or a list.</summary>
    public static bool TryRead(JsonElement element, out IndexValue value)
    {
        value = element.ValueKind switch
        {
            JsonValueKind.Null => new IndexValue(IndexValueKind.Null, null),
            JsonValueKind.True => Of(true),
            JsonValueKind.False => Of(false),
            JsonValueKind.String => Of(ReadText(element)),
            JsonValueKind.Number => ReadNumber(element),
            _ => default,
        };
        return element.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array);
    }

    private static string ReadText(JsonElement element)
    {
        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair is no text; it is indexed as it is written.
            return element.GetRawText()[1..^1];
        }
    }

    /// <summary>Integers of any size keep their digits (LEAP's fail from 2^63 on); others are written as short as they can be read back.</summary>
    private static IndexValue ReadNumber(JsonElement element)
    {
        var digits = element.GetRawText();
        if (digits.AsSpan().IndexOfAny('.', 'e', 'E') < 0)
        {
            return new IndexValue(IndexValueKind.Integer, digits == "-0" ? "0" : digits);
        }

        var text = element.GetDouble().ToString("R", CultureInfo.InvariantCulture);
        return new IndexValue(IndexValueKind.Real, text.All(static c => c == '-' || char.IsAsciiDigit(c)) ? text + ".0" : text);
    }
}
