using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>Where a synced document comes from.</summary>
/// <param name="ReplicaUid">The replica, usually the provider.</param>
/// <param name="Generation">The replica's generation of the change.</param>
/// <param name="TransactionId">The replica's transaction id of the change.</param>
public sealed record SyncSource(string ReplicaUid, long Generation, string TransactionId);

/// <summary>What became of a synced document.</summary>
/// <param name="State">As the sync protocol names it; a merge is <see cref="SyncState.Superseded"/>, as it has to be sent.</param>
/// <param name="Current">The current version now.</param>
/// <param name="IsMerged">True when the store made a new version out of both, which the next sync sends.</param>
/// <param name="IsArchived">True when one of the two had to lose; it is in the archive.</param>
public sealed record SyncOutcome(SyncState State, Document Current, bool IsMerged, bool IsArchived = false);

/// <summary>The last change of a document.</summary>
/// <param name="Id">The document.</param>
/// <param name="Generation">This store's generation of the change.</param>
/// <param name="TransactionId">This store's transaction id of the change.</param>
/// <param name="Seq">The device counter when this device wrote the version; null when it came by sync, so that nobody waits for it.</param>
public sealed record StoreChange(string Id, long Generation, string TransactionId, ulong? Seq);

/// <summary>A document that sync put aside (security.md B4).</summary>
/// <param name="WireId">The id on the wire.</param>
/// <param name="Generation">The provider's generation.</param>
/// <param name="Reason">Why, fit to show a person.</param>
/// <param name="Since">When it was first put aside.</param>
public sealed record QuarantinedDocument(string WireId, long Generation, string Reason, DateTimeOffset Since);

/// <summary>Who wrote the current version of a document.</summary>
/// <param name="Device">The device; null when the version came without that knowledge.</param>
/// <param name="Seq">The device's counter for the write; 0 when unknown.</param>
public readonly record struct DocumentWriter(DeviceId? Device, ulong Seq);
