using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>One downloaded document after it was opened; its sealed text is not kept.</summary>
/// <param name="Entry">What the provider said about it, without content.</param>
/// <param name="Answer">What is inside.</param>
/// <param name="Octets">About how much memory it takes.</param>
internal sealed record OpenedEntry(SyncEntry Entry, DecodeAnswer Answer, long Octets)
{
    /// <summary>What an entry takes beside its content.</summary>
    public const int FixedOctets = 512;

    /// <summary>About how much memory an entry takes until it is stored: its text, and what is decoded from it.</summary>
    public static long OctetsOf(SyncEntry entry) => FixedOctets + (4L * (entry.Content?.Length ?? 0));
}
