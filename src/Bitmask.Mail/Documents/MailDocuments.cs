using System.Text.Json;
using System.Text.Json.Serialization;
using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>A mailbox: document <c>B-&lt;id&gt;</c>.</summary>
internal sealed record MailboxDocument
{
    public const string DocumentType = "mbox";

    [JsonPropertyOrder(-2)]
    public string Type { get; init; } = DocumentType;

    [JsonPropertyName("v"), JsonPropertyOrder(-1)]
    public int Version { get; init; } = 1;

    /// <summary>Full name.</summary>
    [JsonRequired]
    public Register<string> Mbox { get; init; }

    /// <summary>The id once more: 32 hex digits.</summary>
    public required string Uuid { get; init; }

    public string? SpecialUse { get; init; }

    public DateTimeOffset Created { get; init; }

    /// <summary>What a later version wrote; kept when this one writes.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }
}

/// <summary>
/// The subscription to a name, whether a mailbox has it or not: document <c>S-&lt;id&gt;</c>, whose id follows from the name. What is
/// unsubscribed keeps its document, so that the later word of two devices holds.
/// </summary>
internal sealed record SubscriptionDocument
{
    public const string DocumentType = "subscription";

    [JsonPropertyOrder(-2)]
    public string Type { get; init; } = DocumentType;

    [JsonPropertyName("v"), JsonPropertyOrder(-1)]
    public int Version { get; init; } = 1;

    /// <summary>Full name of a mailbox; never changes.</summary>
    public required string Mbox { get; init; }

    [JsonRequired]
    public Register<bool> Subscribed { get; init; }

    /// <summary>What a later version wrote; kept when this one writes.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }
}

/// <summary>An entry: document <c>M-&lt;eid&gt;</c>, the one mutable document of a message.</summary>
internal sealed record EntryDocument
{
    public const string DocumentType = "flags";

    [JsonPropertyOrder(-2)]
    public string Type { get; init; } = DocumentType;

    [JsonPropertyName("v"), JsonPropertyOrder(-1)]
    public int Version { get; init; } = 1;

    public required string Eid { get; init; }

    /// <summary>Document id of the head.</summary>
    public required string Head { get; init; }

    /// <summary>Internal date.</summary>
    public DateTimeOffset Date { get; init; }

    public long Size { get; init; }

    /// <summary>Document id of the mailbox.</summary>
    [JsonRequired]
    public Register<string> Mbox { get; init; }

    public IReadOnlyDictionary<string, Register<bool>>? Flags { get; init; }

    public IReadOnlyDictionary<string, Register<bool>>? Tags { get; init; }

    /// <summary><see cref="SecurityFacts"/>, kept as it was written.</summary>
    public JsonElement? Sec { get; init; }

    /// <summary>What a later version wrote; kept when this one writes.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? More { get; set; }
}

/// <summary>A head: document <c>H-&lt;eid&gt;</c>, immutable: everything to show a message in a list, and the recipe of its octets.</summary>
internal sealed record HeadDocument : IMessageRecipe
{
    public const string DocumentType = "head";

    [JsonPropertyOrder(-2)]
    public string Type { get; init; } = DocumentType;

    [JsonPropertyName("v"), JsonPropertyOrder(-1)]
    public int Version { get; init; } = 1;

    /// <summary>Id of the entry that the message came with.</summary>
    public required string Eid { get; init; }

    /// <summary>SHA-256 of the message, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    public long Size { get; init; }

    public string? Msgid { get; init; }

    public string? Subject { get; init; }

    public string? Date { get; init; }

    /// <summary>Id of the thread, 32 hex digits, as it was decided when the message was filed.</summary>
    public string? Thread { get; init; }

    /// <summary>First words of the text.</summary>
    public string Preview { get; init; } = "";

    /// <summary>Octets of the header, the empty line included.</summary>
    public long HeaderSize { get; init; }

    /// <summary>Name and raw value of every field, in order.</summary>
    public required IReadOnlyList<IReadOnlyList<string>> HeadersList { get; init; }

    /// <summary>The MIME tree in pre-order.</summary>
    public required IReadOnlyList<StructureNode> Structure { get; init; }

    /// <summary>Pieces whose concatenation is the message.</summary>
    public required IReadOnlyList<RecipeItem> Recipe { get; init; }

    /// <summary>Not written: what was found when the message was taken apart, so that the projection need not look for it again.</summary>
    [JsonIgnore]
    public ThreadKeys? Keys { get; init; }
}

/// <summary>A piece of a message: exactly one of the members names where its octets are.</summary>
internal sealed record RecipeItem
{
    /// <summary>The octets of <see cref="HeadDocument.HeadersList"/>: name, colon, raw value of each.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Headers { get; init; }

    /// <summary>The octets themselves.</summary>
    public ReadOnlyMemory<byte>? B64 { get; init; }

    /// <summary>Document id of the part that holds them.</summary>
    public string? Part { get; init; }

    /// <summary>Name of the blob that holds them (security.md A5).</summary>
    public string? Blob { get; init; }

    /// <summary>The blob's key.</summary>
    public string? Key { get; init; }

    /// <summary>Length of the octets of <see cref="Part"/> or <see cref="Blob"/>.</summary>
    public long? Size { get; init; }

    /// <summary>SHA-256 of the blob's octets, lower-case hex.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The blob as a reference; null when these are no octets of a blob.</summary>
    [JsonIgnore]
    public BlobRef? Reference => Blob is null ? null : BlobRef.TryCreate(Blob, Key, Size ?? -1, Sha256);

    /// <summary>The piece that a blob holds.</summary>
    public static RecipeItem Of(BlobRef blob) => new() { Blob = blob.Name, Key = blob.ExportKey(), Size = blob.Size, Sha256 = blob.Sha256 };

    /// <summary>Never the key.</summary>
    public override string ToString() => Blob is null ? Part ?? "inline" : "blob " + Blob;
}

/// <summary>Octets of a message: document <c>C-&lt;eid&gt;.&lt;n&gt;</c>, immutable.</summary>
internal sealed record PartDocument
{
    public const string DocumentType = "cnt";

    [JsonPropertyOrder(-2)]
    public string Type { get; init; } = DocumentType;

    [JsonPropertyName("v"), JsonPropertyOrder(-1)]
    public int Version { get; init; } = 1;

    public ReadOnlyMemory<byte> Raw { get; init; }

    public long Size { get; init; }

    /// <summary>SHA-256 of the octets, lower-case hex.</summary>
    public required string Sha256 { get; init; }

    /// <summary>SHA-256 of the whole message, so that parts and head of one filing stay together when devices filed differently.</summary>
    public required string Message { get; init; }

    public string ContentType { get; init; } = "application/octet-stream";
}
