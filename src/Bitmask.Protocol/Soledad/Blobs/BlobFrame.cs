using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Bitmask.Protocol.Soledad;

/// <summary>
/// One blob in a batch: <c>u8 length of name | name | u16be status | u32be octets</c>, then the octets. A batch ends with a zero octet, so that
/// one that was cut is never taken for whole. Requests have status 0; answers the status that a request for that blob alone would have.
/// </summary>
/// <param name="Name">The blob.</param>
/// <param name="Status">HTTP status, or 0.</param>
/// <param name="Octets">How many follow.</param>
public readonly record struct BlobFrame(string Name, int Status, int Octets)
{
    private const int FixedOctets = 1 + 2 + 4;

    /// <summary>The octet after the last blob.</summary>
    public static ReadOnlySpan<byte> End => [0];

    /// <summary>Writes the frame's head; the octets are the caller's to write.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (!BlobName.IsValid(Name))
        {
            throw new ArgumentException("Not the name of a blob.");
        }

        var head = output.GetSpan(FixedOctets + Name.Length);
        head[0] = (byte)Name.Length;
        Encoding.ASCII.GetBytes(Name, head[1..]);
        BinaryPrimitives.WriteUInt16BigEndian(head[(1 + Name.Length)..], (ushort)Status);
        BinaryPrimitives.WriteUInt32BigEndian(head[(3 + Name.Length)..], (uint)Octets);
        output.Advance(FixedOctets + Name.Length);
    }

    /// <summary>
    /// Reads a head from the beginning of <paramref name="input"/> and moves behind it. False when more octets are needed. <paramref name="frame"/>
    /// is null at the end of the batch.
    /// </summary>
    /// <exception cref="SoledadProtocolException">Not a name, or more octets than a batch may carry.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> input, out BlobFrame? frame)
    {
        frame = null;
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryRead(out var length))
        {
            return false;
        }

        if (length == 0)
        {
            input = input.Slice(1);
            return true;
        }

        if (length > BlobName.MaxLength)
        {
            throw new SoledadProtocolException("The name of a blob is too long.");
        }

        if (reader.Remaining < length + 6)
        {
            return false;
        }

        Span<byte> head = stackalloc byte[BlobName.MaxLength + 6];
        head = head[..(length + 6)];
        reader.TryCopyTo(head);
        var name = Encoding.Latin1.GetString(head[..length]);
        var octets = BinaryPrimitives.ReadUInt32BigEndian(head[(length + 2)..]);
        if (!BlobName.IsValid(name) || octets > BlobWire.MaxBatchBlobOctets)
        {
            throw new SoledadProtocolException("Not a frame of a batch.");
        }

        frame = new BlobFrame(name, BinaryPrimitives.ReadUInt16BigEndian(head[length..]), (int)octets);
        input = input.Slice(FixedOctets + length);
        return true;
    }
}
