namespace Bitmask.Mail;

/// <summary>A message to be appended.</summary>
/// <param name="Raw">Its octets, stored as they are.</param>
/// <param name="Flags">Flags to set; reserved keywords among them are dropped.</param>
/// <param name="InternalDate">Its internal date; now when null.</param>
public sealed record MessageToAppend(ReadOnlyMemory<byte> Raw, IReadOnlyCollection<string> Flags, DateTimeOffset? InternalDate);

/// <summary>Where an appended message went (RFC 4315 §3).</summary>
/// <param name="UidValidity">The life of the mailbox's UIDs.</param>
/// <param name="Uid">The message's UID.</param>
/// <param name="Entry">The message's id.</param>
public sealed record AppendAnswer(UidValidity UidValidity, Uid Uid, EntryId Entry);

/// <summary>Which messages were copied or moved, and to what (RFC 4315 §3, RFC 6851 §4.3).</summary>
/// <param name="UidValidity">The life of the destination's UIDs.</param>
/// <param name="Uids">Source and destination UIDs, in the order of the source.</param>
public sealed record CopyAnswer(UidValidity UidValidity, IReadOnlyList<(Uid Source, Uid Destination)> Uids);

/// <summary>What became of an incoming mail that was to be filed.</summary>
public enum FiledAnswer
{
    /// <summary>It is in the mailbox now (when the transaction commits).</summary>
    Filed,

    /// <summary>It was filed before, by this or another device.</summary>
    AlreadyThere,

    /// <summary>It was filed before and deleted since: a replay (security.md A9).</summary>
    Tombstoned,
}
