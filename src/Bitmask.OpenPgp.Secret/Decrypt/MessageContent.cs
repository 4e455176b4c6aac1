using Bitmask.OpenPgp.Packets;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>What stands inside the encryption: one literal and the signatures around it (RFC 9580 §10.3).</summary>
internal sealed class MessageContent(DecryptionLimits limits)
{
    private const int MaxPackets = 200;

    private ReadOnlyMemory<byte>? _data;

    public List<ReadOnlyMemory<byte>> Signatures { get; } = [];

    public ReadOnlyMemory<byte> Data => _data ?? throw new OpenPgpFormatException("The message holds no data.");

    public void Read(ReadOnlyMemory<byte> octets, int depth = 0)
    {
        foreach (var packet in PacketReader.ReadAll(octets, MaxPackets))
        {
            switch (packet.Tag)
            {
                case PacketTag.Compressed when depth < limits.MaxNesting:
                    Read(Decompression.Open(packet.Body, limits), depth + 1);
                    break;
                case PacketTag.Literal when _data is null:
                    _data = ReadLiteral(packet.Body);
                    break;
                case PacketTag.Signature when Signatures.Count < limits.MaxSignatures:
                    Signatures.Add(packet.Body);
                    break;
                // One-pass packets only announce what the signature packets say themselves.
                case PacketTag.OnePassSignature or PacketTag.Marker or PacketTag.Padding:
                    break;
                default:
                    throw new OpenPgpFormatException($"A packet of type {(int)packet.Tag} was not expected in the message.");
            }
        }
    }

    private ReadOnlyMemory<byte> ReadLiteral(ReadOnlyMemory<byte> body)
    {
        var reader = new OctetReader(body.Span);
        reader.Octet();
        reader.Take(reader.Octet());
        reader.UInt32();
        return reader.Remaining <= limits.MaxPlaintextOctets
            ? body[reader.Position..]
            : throw new OpenPgpFormatException("The message is larger than the limits allow.");
    }
}
