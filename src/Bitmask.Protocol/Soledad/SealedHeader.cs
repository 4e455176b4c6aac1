using System.Buffers.Binary;

namespace Bitmask.Protocol.Soledad;

/// <summary>
/// The header of a sealed document (security.md A4): <c>13 37 | scheme 01 | method 04 | epoch u32be | nonce 12</c>, 20 octets, followed by
/// ciphertext and tag, all in base64url inside <c>{"raw": "…"}</c>.
/// </summary>
/// <param name="Epoch">Number of the key epoch.</param>
/// <param name="Nonce">12 octets, random.</param>
public sealed record SealedHeader(uint Epoch, ReadOnlyMemory<byte> Nonce)
{
    /// <summary>Length of the header.</summary>
    public const int Octets = 20;

    /// <summary>Length of the nonce.</summary>
    public const int NonceOctets = 12;

    /// <summary>Length of the tag after the ciphertext.</summary>
    public const int TagOctets = 16;

    /// <summary>First octet of everything Soledad encrypts.</summary>
    public const byte Magic0 = 0x13;

    /// <summary>Second octet of everything Soledad encrypts.</summary>
    public const byte Magic1 = 0x37;

    /// <summary>Symmetric keys.</summary>
    public const byte SchemeSymmetric = 1;

    /// <summary>Method of a sealed document.</summary>
    public const byte MethodSealed = 4;

    /// <summary>
    /// How the content of every document of a sealed account begins: a server refuses other content, and a client refuses it, too.
    /// (The last character holds the top bits of the epoch, so epochs stay below 2^28.)
    /// </summary>
    public const string ContentPrefix = "{\"raw\": \"EzcBBA";

    /// <summary>How the content ends.</summary>
    public const string ContentSuffix = "\"}";

    /// <summary>Highest epoch, see <see cref="ContentPrefix"/>.</summary>
    public const uint MaxEpoch = (1u << 28) - 1;

    /// <summary>The 20 octets.</summary>
    public byte[] ToBytes()
    {
        if (Epoch > MaxEpoch || Nonce.Length != NonceOctets)
        {
            throw new ArgumentException("Epoch or nonce are out of range.");
        }

        var bytes = new byte[Octets];
        bytes[0] = Magic0;
        bytes[1] = Magic1;
        bytes[2] = SchemeSymmetric;
        bytes[3] = MethodSealed;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), Epoch);
        Nonce.Span.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    /// <summary>Reads the header from the beginning of <paramref name="bytes"/>; false when they begin otherwise.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out SealedHeader? header)
    {
        header = null;
        if (bytes.Length < Octets || !bytes[..4].SequenceEqual([Magic0, Magic1, SchemeSymmetric, MethodSealed]))
        {
            return false;
        }

        var epoch = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (epoch > MaxEpoch)
        {
            return false;
        }

        header = new SealedHeader(epoch, bytes[8..Octets].ToArray());
        return true;
    }
}
