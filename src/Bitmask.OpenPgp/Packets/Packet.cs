namespace Bitmask.OpenPgp.Packets;

/// <summary>One packet: its type and its body, without header.</summary>
internal readonly record struct Packet(PacketTag Tag, ReadOnlyMemory<byte> Body);
