using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Soledad;

/// <summary>How the records of this folder are read and written. Unknown members are ignored, repeated ones refused.</summary>
[JsonSourceGenerationOptions(AllowDuplicateProperties = false, RespectNullableAnnotations = true, MaxDepth = 8)]
[JsonSerializable(typeof(SyncHeader))]
[JsonSerializable(typeof(SyncEntry))]
[JsonSerializable(typeof(NewGeneration))]
[JsonSerializable(typeof(SyncInfo))]
[JsonSerializable(typeof(SyncPoint))]
[JsonSerializable(typeof(DocumentsQuery))]
[JsonSerializable(typeof(CompactRequest))]
[JsonSerializable(typeof(CompactAnswer))]
[JsonSerializable(typeof(ErrorAnswer))]
[JsonSerializable(typeof(FeedEvent))]
[JsonSerializable(typeof(IncomingItemInfo))]
[JsonSerializable(typeof(List<IncomingItemInfo>))]
[JsonSerializable(typeof(BlobCount))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(List<string>))]
public sealed partial class SoledadJson : JsonSerializerContext;
