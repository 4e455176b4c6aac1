using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Bitmask.Mail;

/// <summary>How mail documents and projected values are written as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    RespectNullableAnnotations = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MailboxDocument))]
[JsonSerializable(typeof(SubscriptionDocument))]
[JsonSerializable(typeof(EntryDocument))]
[JsonSerializable(typeof(HeadDocument))]
[JsonSerializable(typeof(HeadRecipe))]
[JsonSerializable(typeof(PartDocument))]
[JsonSerializable(typeof(SecurityFacts))]
[JsonSerializable(typeof(MessageEnvelope))]
[JsonSerializable(typeof(IReadOnlyList<StructureNode>))]
[JsonSerializable(typeof(OutboxDecision))]
[JsonSerializable(typeof(OwedAct))]
internal sealed partial class MailJsonContext : JsonSerializerContext;

/// <summary>Reads and writes mail documents.</summary>
internal static class MailJson
{
    // Documents are encrypted, never put into a page: escaping beyond JSON's own needs would only make them longer.
    private static readonly MailJsonContext Context = new(new JsonSerializerOptions(MailJsonContext.Default.Options)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static JsonTypeInfo<MailboxDocument> Mailbox => Context.MailboxDocument;

    public static JsonTypeInfo<SubscriptionDocument> Subscription => Context.SubscriptionDocument;

    public static JsonTypeInfo<EntryDocument> Entry => Context.EntryDocument;

    public static JsonTypeInfo<HeadDocument> Head => Context.HeadDocument;

    public static JsonTypeInfo<HeadRecipe> Recipe => Context.HeadRecipe;

    public static JsonTypeInfo<PartDocument> Part => Context.PartDocument;

    public static JsonTypeInfo<SecurityFacts> Security => Context.SecurityFacts;

    public static JsonTypeInfo<MessageEnvelope> Envelope => Context.MessageEnvelope;

    public static JsonTypeInfo<IReadOnlyList<StructureNode>> Structure => Context.IReadOnlyListStructureNode;

    public static JsonTypeInfo<OutboxDecision> Decision => Context.OutboxDecision;

    public static JsonTypeInfo<OwedAct> Owed => Context.OwedAct;

    // What this thread wrote last: the projection reads a new version right after it was written.
    [ThreadStatic]
    private static (string Json, object Value)? _written;

    public static string Write<T>(T value, JsonTypeInfo<T> type)
        where T : class
    {
        var json = JsonSerializer.Serialize(value, type);
        _written = value is EntryDocument or HeadDocument ? (json, value) : null;
        return json;
    }

    public static byte[] WriteBytes<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    /// <summary>Reads a document that may have come from anywhere; null when it is not what its type says.</summary>
    public static T? TryRead<T>(string? json, JsonTypeInfo<T> type)
        where T : class
    {
        if (_written is { } written && ReferenceEquals(written.Json, json))
        {
            // Read once: nothing large is kept alive by this.
            _written = null;
            if (written.Value is T value)
            {
                return value;
            }
        }

        try
        {
            return json is null ? null : JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static T? TryRead<T>(byte[]? json, JsonTypeInfo<T> type)
        where T : class
        => json is null ? null : TryReadUtf8(json, type);

    /// <summary>As above, of a text in UTF-8.</summary>
    public static T? TryReadUtf8<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
