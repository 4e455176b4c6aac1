using System.Buffers.Binary;
using System.Text;

namespace Bitmask.Protocol.Soledad.Leap;

/// <summary>
/// LEAP's preamble: what stands, in clear but authenticated, before an encrypted document or blob. 552 octets; the older form ends
/// after 542 and has no size.
/// </summary>
public sealed record BlobPreamble
{
    /// <summary>Length of the preamble that is written.</summary>
    public const int Octets = 552;

    /// <summary>Length of the older form.</summary>
    public const int OldOctets = 542;

    /// <summary>Longest id or revision, in octets; longer revisions are cut.</summary>
    public const int MaxTextOctets = 254;

    /// <summary>Keys of the owner's secret.</summary>
    public const byte SchemeSymmetric = 1;

    /// <summary>Encrypted by somebody else, such as the mail exchanger.</summary>
    public const byte SchemeExternal = 2;

    /// <summary>AES-256 in counter mode.</summary>
    public const byte MethodAesCtr = 1;

    /// <summary>AES-256-GCM with a nonce of 16 octets.</summary>
    public const byte MethodAesGcm = 2;

    /// <summary>An OpenPGP message.</summary>
    public const byte MethodPgp = 3;

    /// <summary>Who holds the key.</summary>
    public required byte Scheme { get; init; }

    /// <summary>How it is encrypted.</summary>
    public required byte Method { get; init; }

    /// <summary>When, in seconds since 1970.</summary>
    public required ulong UnixTime { get; init; }

    /// <summary>16 octets.</summary>
    public required ReadOnlyMemory<byte> Iv { get; init; }

    /// <summary>Id of the document or blob.</summary>
    public required string Id { get; init; }

    /// <summary>Its revision, cut after 254 octets.</summary>
    public required string Rev { get; init; }

    /// <summary>Size: rounded up for documents and blobs, exact for incoming mail; null in the older form.</summary>
    public required ulong? Size { get; init; }

    /// <summary>The preamble of incoming mail: scheme 2, method 3, revision <c>0</c>, zero IV, exact size.</summary>
    public static BlobPreamble ForIncoming(string id, DateTimeOffset time, long size) => new()
    {
        Scheme = SchemeExternal,
        Method = MethodPgp,
        UnixTime = (ulong)time.ToUnixTimeSeconds(),
        Iv = new byte[16],
        Id = id,
        Rev = "0",
        Size = (ulong)size,
    };

    /// <summary>The octets: 552, or 542 when there is no size.</summary>
    /// <exception cref="ArgumentException">The id is too long, or the IV has not 16 octets.</exception>
    public byte[] ToBytes()
    {
        if (Iv.Length != 16)
        {
            throw new ArgumentException("The IV has 16 octets.");
        }

        if (Encoding.UTF8.GetByteCount(Id) > MaxTextOctets)
        {
            throw new ArgumentException("The id is too long.");
        }

        var bytes = new byte[Size is null ? OldOctets : Octets];
        bytes[0] = SealedHeader.Magic0;
        bytes[1] = SealedHeader.Magic1;
        bytes[2] = Scheme;
        bytes[3] = Method;
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), UnixTime);
        Iv.Span.CopyTo(bytes.AsSpan(16));
        WritePascal(bytes.AsSpan(32, 255), Id);
        WritePascal(bytes.AsSpan(287, 255), Rev);
        if (Size is { } size)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(544), size);
        }

        return bytes;
    }

    /// <summary>Reads 552 or 542 octets.</summary>
    /// <exception cref="SoledadProtocolException">Not a preamble.</exception>
    public static BlobPreamble Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is not (Octets or OldOctets))
        {
            throw new SoledadProtocolException("A preamble has 552 or 542 octets.");
        }

        if (bytes[0] != SealedHeader.Magic0 || bytes[1] != SealedHeader.Magic1)
        {
            throw new SoledadProtocolException("A preamble begins with 13 37.");
        }

        return new BlobPreamble
        {
            Scheme = bytes[2],
            Method = bytes[3],
            UnixTime = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            Iv = bytes.Slice(16, 16).ToArray(),
            Id = ReadPascal(bytes.Slice(32, 255)),
            Rev = ReadPascal(bytes.Slice(287, 255)),
            Size = bytes.Length == Octets ? BinaryPrimitives.ReadUInt64LittleEndian(bytes[544..]) : null,
        };
    }

    private static void WritePascal(Span<byte> field, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = Math.Min(bytes.Length, MaxTextOctets);
        field[0] = (byte)length;
        bytes.AsSpan(0, length).CopyTo(field[1..]);
    }

    private static string ReadPascal(ReadOnlySpan<byte> field)
    {
        var text = field.Slice(1, Math.Min((int)field[0], MaxTextOctets));
        return System.Text.Ascii.IsValid(text) ? Encoding.ASCII.GetString(text) : throw new SoledadProtocolException("Id and revision of a preamble are ASCII.");
    }
}
