using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bitmask.Soledad;

/// <summary>How far a device that is new to an account has fetched what was there before it.</summary>
/// <param name="Target">The provider's database.</param>
/// <param name="Through">The provider's generation when it began; what came later comes with ordinary downloads.</param>
/// <param name="Pass">0 for small documents, 1 for larger ones.</param>
/// <param name="Below">Everything of this pass from this generation on is stored.</param>
internal sealed record BackfillCursor(
    [property: JsonPropertyName("target")] string Target,
    [property: JsonPropertyName("through")] long Through,
    [property: JsonPropertyName("pass")] int Pass,
    [property: JsonPropertyName("below")] long Below)
{
    public const int Passes = 2;

    private const string Setting = "sync.backfill";

    public static BackfillCursor? Read(StoreReader reader)
        => reader.GetSetting(Setting) is { } text ? JsonSerializer.Deserialize(text, BackfillJson.Default.BackfillCursor) : null;

    /// <summary>Null when all is there.</summary>
    public static void Write(StoreTransaction transaction, BackfillCursor? cursor)
        => transaction.SetSetting(Setting, cursor is null ? null : JsonSerializer.Serialize(cursor, BackfillJson.Default.BackfillCursor));

    /// <summary>The next pass; null after the last.</summary>
    public BackfillCursor? NextPass() => Pass + 1 < Passes ? this with { Pass = Pass + 1, Below = Through + 1 } : null;
}

[JsonSerializable(typeof(BackfillCursor))]
internal sealed partial class BackfillJson : JsonSerializerContext;
