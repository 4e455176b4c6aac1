using Bitmask.OpenPgp.Keys;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Verify;

namespace Bitmask.OpenPgp.Messages;

/// <summary>
/// Reads what stands inside an encryption, or in the open when a message is only signed: one literal and the signatures around it
/// (RFC 9580 §10.3). The data goes into the spool while the hashes for its signatures run.
/// </summary>
internal sealed class MessageContent(PlaintextSpool spool, MessageLimits limits) : IDisposable
{
    private const int MaxPackets = 200;
    private const int MaxSignatureOctets = 64 * 1024;
    private const int RunOctets = PlaintextSpool.RunOctets;

    private readonly List<byte[]> _signatures = [];
    private readonly DataHashes _hashes = new();
    private bool _hasData;

    /// <summary>Whether the writer said it is text.</summary>
    public bool IsText { get; private set; }

    /// <summary>How many signatures there are.</summary>
    public int SignatureCount => _signatures.Count;

    /// <summary>Reads all packets.</summary>
    /// <exception cref="OpenPgpFormatException">Not the packets of a message, or beyond a limit.</exception>
    public void Read(Stream packets)
    {
        Read(packets, depth: 0);
        if (!_hasData)
        {
            throw new OpenPgpFormatException("The message holds no data.");
        }
    }

    /// <summary>Checks the signatures over the data that was read.</summary>
    public List<SignatureResult> Check(IReadOnlyList<OpenPgpCertificate> signers, DateTimeOffset now)
        => _signatures.ConvertAll(signature => SignatureChecker.Check(signature, _hashes, signers, now));

    public void Dispose() => _hashes.Dispose();

    private void Read(Stream packets, int depth)
    {
        using var input = new PacketInput(packets, MaxPackets);
        while (input.TryReadHeader(out var tag))
        {
            Read(input, tag, depth);
        }
    }

    /// <summary>Reads the packet whose header was read already.</summary>
    public void Read(PacketInput input, PacketTag tag, int depth)
    {
        switch (tag)
        {
            case PacketTag.Compressed when depth < limits.MaxNesting:
                using (var inside = new Decompression(input.Body, limits))
                {
                    Read(inside, depth + 1);
                }

                break;
            case PacketTag.Literal when !_hasData:
                ReadLiteral(input.Body);
                break;
            case PacketTag.OnePassSignature when !_hasData:
                Announce(input.ReadBody(MaxSignatureOctets));
                break;
            case PacketTag.Signature when _signatures.Count < limits.MaxSignatures:
                var signature = input.ReadBody(MaxSignatureOctets);
                _signatures.Add(signature);
                if (!_hasData)
                {
                    SignaturePacket.TryParse(signature)?.AnnounceTo(_hashes);
                }

                break;
            case PacketTag.Marker or PacketTag.Padding:
                break;
            // Types from 40 on may be passed over where they are not known (RFC 9580 §4.3).
            case >= (PacketTag)40:
                break;
            default:
                throw new OpenPgpFormatException($"A packet of type {(int)tag} was not expected in the message.");
        }
    }

    // RFC 9580 §5.4. One of another version announces nothing.
    private void Announce(byte[] body)
    {
        var reader = new OctetReader(body);
        var version = reader.Octet();
        var (type, hash) = ((SignatureType)reader.Octet(), (HashId)reader.Octet());
        reader.Octet();
        if (version == 3)
        {
            _hashes.Announce(hash, type, []);
        }
        else if (version == 6)
        {
            _hashes.Announce(hash, type, reader.Take(reader.Octet()));
        }
    }

    // RFC 9580 §5.9: format, a name and a date, of which nothing is signed and nothing is believed.
    private void ReadLiteral(Stream body)
    {
        _hasData = true;
        Span<byte> head = stackalloc byte[2];
        Span<byte> rest = stackalloc byte[byte.MaxValue + 4];
        if (body.ReadAtLeast(head, 2, throwOnEndOfStream: false) < 2 || body.ReadAtLeast(rest[..(head[1] + 4)], head[1] + 4, throwOnEndOfStream: false) < head[1] + 4)
        {
            throw new OpenPgpFormatException("A packet ends too early.");
        }

        IsText = head[0] is (byte)'t' or (byte)'u';
        // A run is hashed in the spool while the next one is read into it, beside the one before.
        while (spool.Reserve(RunOctets) is var run && body.ReadAtLeast(run.Span, run.Length, throwOnEndOfStream: false) is > 0 and var count)
        {
            if (spool.Length + count > limits.MaxPlaintextOctets)
            {
                throw new OpenPgpFormatException("The message is larger than the limits allow.");
            }

            _hashes.AppendInPlace(run[..count]);
            spool.Advance(count);
        }
    }
}
