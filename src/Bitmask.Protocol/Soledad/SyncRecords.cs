using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Soledad;

/// <summary>First line of an upload or of a request for a download. A server refuses members it does not know.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SyncHeader
{
    /// <summary>The target's generation as the source last saw it.</summary>
    [JsonPropertyName("last_known_generation")]
    public required long LastKnownGeneration { get; init; }

    /// <summary>The transaction id of that generation; empty for generation 0.</summary>
    [JsonPropertyName("last_known_trans_id")]
    public string? LastKnownTransactionId { get; init; }

    /// <summary>One id for both requests of one sync, so that the server does not send back what it was just given.</summary>
    [JsonPropertyName("sync_id")]
    public string? SyncId { get; init; }

    /// <summary>Whether the server shall create the database.</summary>
    [JsonPropertyName("ensure")]
    public bool Ensure { get; init; }

    /// <summary>
    /// The source still fetches what lies below <see cref="LastKnownGeneration"/>, so that this is no acknowledgement. Only for servers
    /// with the capability <c>documents</c>.
    /// </summary>
    [JsonPropertyName("backfill")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Backfill { get; init; }
}

/// <summary>One document on its way. Going up it carries the source's generation, coming down the target's.</summary>
public sealed record SyncEntry
{
    /// <summary>Document id.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>Revision, as text.</summary>
    [JsonPropertyName("rev")]
    public required string Rev { get; init; }

    /// <summary>Generation of this change.</summary>
    [JsonPropertyName("gen")]
    public required long Generation { get; init; }

    /// <summary>Transaction id of this change.</summary>
    [JsonPropertyName("trans_id")]
    public required string TransactionId { get; init; }

    /// <summary>Going up: how many documents the stream has.</summary>
    [JsonPropertyName("number_of_docs")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? NumberOfDocs { get; init; }

    /// <summary>Going up: which one this is, from 1.</summary>
    [JsonPropertyName("doc_idx")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? DocIdx { get; init; }

    /// <summary>Octets of the content, where a query wanted no contents; null there for a tombstone.</summary>
    [JsonPropertyName("size")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Size { get; init; }

    /// <summary>The exact JSON text on one line; null for a tombstone, and where contents were not wanted.</summary>
    [JsonIgnore]
    public string? Content { get; init; }
}

/// <summary>First line of the server's answer.</summary>
public sealed record NewGeneration
{
    /// <summary>The server's generation now.</summary>
    [JsonPropertyName("new_generation")]
    public required long Generation { get; init; }

    /// <summary>Its transaction id.</summary>
    [JsonPropertyName("new_transaction_id")]
    public required string TransactionId { get; init; }

    /// <summary>
    /// In a download: how many documents follow. One that is changed while the answer is on its way is left out, and comes with the next one.
    /// </summary>
    [JsonPropertyName("number_of_changes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? NumberOfChanges { get; init; }

    /// <summary>The server's replica uid, when <see cref="SyncHeader.Ensure"/> was asked for.</summary>
    [JsonPropertyName("replica_uid")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ReplicaUid { get; init; }
}

/// <summary>Answer of <c>GET sync-from/REPLICA</c>: what each side knows of the other.</summary>
public sealed record SyncInfo
{
    /// <summary>The server's replica uid.</summary>
    [JsonPropertyName("target_replica_uid")]
    public required string TargetReplicaUid { get; init; }

    /// <summary>The server's generation.</summary>
    [JsonPropertyName("target_replica_generation")]
    public required long TargetReplicaGeneration { get; init; }

    /// <summary>Its transaction id.</summary>
    [JsonPropertyName("target_replica_transaction_id")]
    public required string TargetReplicaTransactionId { get; init; }

    /// <summary>Who asks.</summary>
    [JsonPropertyName("source_replica_uid")]
    public required string SourceReplicaUid { get; init; }

    /// <summary>The asker's generation as the server last recorded it; 0 when it is new.</summary>
    [JsonPropertyName("source_replica_generation")]
    public required long SourceReplicaGeneration { get; init; }

    /// <summary>Its transaction id (the asymmetric name is the protocol's).</summary>
    [JsonPropertyName("source_transaction_id")]
    public required string SourceTransactionId { get; init; }

    /// <summary>How many octets the account may take there in all. Null when the server does not say, as none of LEAP's does.</summary>
    [JsonPropertyName("quota_octets")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? QuotaOctets { get; init; }

    /// <summary>How many it takes: documents, waiting mail, and blobs, those in the trash included.</summary>
    [JsonPropertyName("used_octets")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? UsedOctets { get; init; }
}

/// <summary>Body of <c>PUT sync-from/REPLICA</c>: the source's own generation after a sync without gaps.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record SyncPoint
{
    /// <summary>The source's generation.</summary>
    [JsonPropertyName("generation")]
    public required long Generation { get; init; }

    /// <summary>Its transaction id.</summary>
    [JsonPropertyName("transaction_id")]
    public required string TransactionId { get; init; }
}

/// <summary>An error answer: <c>{"error": "description", "message": …}</c>.</summary>
public sealed record ErrorAnswer
{
    /// <summary>One of <see cref="WireErrors"/>.</summary>
    [JsonPropertyName("error")]
    public required string Error { get; init; }

    /// <summary>More for a person.</summary>
    [JsonPropertyName("message")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }
}

/// <summary>
/// One event of the feed <c>/user-UUID/feed</c>: <c>event: change</c>, <c>data: {"generation":n,"incoming":seq}</c>. Its <c>id</c> names the state it tells of; a client that
/// sends it as <c>Last-Event-ID</c> gets the next event at once if that is no longer the state. Which kinds the client wants to hear of it says by the query
/// <c>kinds</c>, a list of <see cref="FeedKinds"/> with commas; without it those are documents and incoming mail.
/// </summary>
public sealed record FeedEvent
{
    /// <summary>The server's generation.</summary>
    [JsonPropertyName("generation")]
    public required long Generation { get; init; }

    /// <summary>The highest sequence number of the incoming box; 0 when it was never used.</summary>
    [JsonPropertyName("incoming")]
    public required long Incoming { get; init; }

    /// <summary>Counts changes of blobs: arrivals, deletions, returns from the trash, flags. Null when the client did not ask for it.</summary>
    [JsonPropertyName("blobs")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? Blobs { get; init; }
}

/// <summary>What a feed can tell of.</summary>
public static class FeedKinds
{
    /// <summary>Documents were changed.</summary>
    public const string Documents = "documents";

    /// <summary>Mail has arrived.</summary>
    public const string Incoming = "incoming";

    /// <summary>Blobs came, went, or have other flags.</summary>
    public const string Blobs = "blobs";
}

/// <summary>Media types of the sync requests and answers; requests are matched by exact text.</summary>
public static class SyncMediaTypes
{
    /// <summary>Upload.</summary>
    public const string Put = "application/x-soledad-sync-put";

    /// <summary>Request for a download.</summary>
    public const string Get = "application/x-soledad-sync-get";

    /// <summary>Answer to an upload.</summary>
    public const string PutAnswer = "application/x-soledad-sync-response";

    /// <summary>Answer to a request for a download.</summary>
    public const string GetAnswer = "application/x-u1db-sync-response";
}
