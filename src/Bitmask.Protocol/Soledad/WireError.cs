namespace Bitmask.Protocol.Soledad;

/// <summary>
/// What a Soledad server answers when it refuses: <c>{"error": "description"}</c>. The description decides, the status is secondary.
/// </summary>
/// <param name="Description">The text of the member <c>error</c>.</param>
/// <param name="Status">The HTTP status that goes with it.</param>
public sealed record WireError(string Description, int Status);

/// <summary>The descriptions that both sides know, and their statuses.</summary>
public static class WireErrors
{
    /// <summary>A document id is missing or has characters outside the allowed set.</summary>
    public static WireError InvalidDocumentId { get; } = new("invalid document id", 400);

    /// <summary>The request asks for documents without naming them.</summary>
    public static WireError MissingDocumentIds { get; } = new("missing document ids", 400);

    /// <summary>Framing, JSON, arguments or content type are wrong.</summary>
    public static WireError BadRequest { get; } = new("bad request", 400);

    /// <summary>No token, or a token that does not reach this resource.</summary>
    public static WireError Unauthorized { get; } = new("unauthorized", 401);

    /// <summary>One document exceeds the limit.</summary>
    public static WireError DocumentTooBig { get; } = new("document too big", 403);

    /// <summary>The account's storage is full.</summary>
    public static WireError QuotaExceeded { get; } = new("user quota exceeded", 403);

    /// <summary>The account's service level does not allow this.</summary>
    public static WireError NeedsSubscription { get; } = new("user needs subscription", 403);

    /// <summary>Nothing was ever stored for this user.</summary>
    public static WireError DatabaseDoesNotExist { get; } = new("database does not exist", 404);

    /// <summary>No such document.</summary>
    public static WireError DocumentDoesNotExist { get; } = new("document does not exist", 404);

    /// <summary>The document was deleted before.</summary>
    public static WireError DocumentAlreadyDeleted { get; } = new("document already deleted", 404);

    /// <summary>The document exists as a tombstone.</summary>
    public static WireError DocumentDeleted { get; } = new("document deleted", 404);

    /// <summary>The old revision given is not the stored one.</summary>
    public static WireError RevisionConflict { get; } = new("revision conflict", 409);

    /// <summary>A generation that lies in the future, or runs backwards.</summary>
    public static WireError InvalidGeneration { get; } = new("invalid generation", 409);

    /// <summary>A replica tries to sync with itself, or names itself badly.</summary>
    public static WireError InvalidReplicaUid { get; } = new("invalid replica uid", 409);

    /// <summary>The generation is known, but with another transaction: a copied or restored database.</summary>
    public static WireError InvalidTransactionId { get; } = new("invalid transaction id", 409);

    /// <summary>The server still starts.</summary>
    public static WireError BackendNotReady { get; } = new("backend not ready", 500);

    /// <summary>Anything else, such as content that is no JSON object.</summary>
    public static WireError Generic { get; } = new("error", 500);

    /// <summary>Temporarily out of service.</summary>
    public static WireError Unavailable { get; } = new("unavailable", 503);

    /// <summary>Every description above.</summary>
    public static IReadOnlyList<WireError> All { get; } =
    [
        InvalidDocumentId, MissingDocumentIds, BadRequest, Unauthorized, DocumentTooBig, QuotaExceeded, NeedsSubscription,
        DatabaseDoesNotExist, DocumentDoesNotExist, DocumentAlreadyDeleted, DocumentDeleted, RevisionConflict, InvalidGeneration,
        InvalidReplicaUid, InvalidTransactionId, BackendNotReady, Generic, Unavailable,
    ];

    /// <summary>Finds a description; null when this side does not know it.</summary>
    public static WireError? Find(string? description) => All.FirstOrDefault(e => e.Description == description);
}
