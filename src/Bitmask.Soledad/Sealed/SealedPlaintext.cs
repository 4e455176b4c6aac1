using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using Bitmask.Primitives;
using Bitmask.Protocol.Soledad;

namespace Bitmask.Soledad;

/// <summary>
/// What stands inside a sealed envelope (security.md A4):
/// <c>u8 version | u8 kind | deviceId 8 | seq u64 | u16 length, trueId | u32 length, json | u16 length, signature | zero padding</c>,
/// numbers big-endian.
/// </summary>
internal readonly record struct SealedPlaintext(DocumentOrigin Origin, string TrueId, string? Json)
{
    public const byte Version = 1;
    public const byte KindPut = 1;
    public const byte KindDelete = 2;
    private const int FixedOctets = 1 + 1 + 8 + 8 + 2 + 4 + 2;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The octets, padded.</summary>
    public byte[] Write(int maxOctets)
    {
        var idLength = Encoding.ASCII.GetByteCount(TrueId);
        var jsonLength = Json is null ? 0 : Utf8.GetByteCount(Json);
        if (jsonLength > maxOctets)
        {
            throw new ArgumentException($"The document has {jsonLength} octets of JSON; at most {maxOctets} can be synced.");
        }

        var bytes = new byte[SealedPadding.PaddedLength(FixedOctets + idLength + jsonLength)];
        var rest = bytes.AsSpan();
        rest[0] = Version;
        rest[1] = Json is null ? KindDelete : KindPut;
        Origin.Writer.Write(rest[2..]);
        BinaryPrimitives.WriteUInt64BigEndian(rest[10..], Origin.Seq);
        BinaryPrimitives.WriteUInt16BigEndian(rest[18..], checked((ushort)idLength));
        rest = rest[20..];
        Encoding.ASCII.GetBytes(TrueId, rest);
        rest = rest[idLength..];
        BinaryPrimitives.WriteUInt32BigEndian(rest, (uint)jsonLength);
        if (Json is not null)
        {
            Utf8.GetBytes(Json, rest[4..]);
        }

        return bytes; // the signature's length and the padding are zero already
    }

    /// <summary>Reads the octets; on failure says why.</summary>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out SealedPlaintext plaintext)
    {
        plaintext = default;
        if (bytes.Length < FixedOctets)
        {
            return "the envelope is too short";
        }

        if (bytes[0] != Version)
        {
            return $"envelope version {bytes[0]} is unknown; a newer program may read it";
        }

        var kind = bytes[1];
        if (kind is not (KindPut or KindDelete))
        {
            return $"kind {kind} is unknown; a newer program may read it";
        }

        var origin = new DocumentOrigin(DeviceId.Read(bytes[2..]), BinaryPrimitives.ReadUInt64BigEndian(bytes[10..]));
        bytes = bytes[18..];
        if (!TryTake(ref bytes, 2, out var id) || !TryTake(ref bytes, 4, out var json) || !TryTake(ref bytes, 2, out _))
        {
            return "a length inside the envelope is wrong";
        }

        if (bytes.ContainsAnyExcept((byte)0))
        {
            return "the padding is not zero";
        }

        if ((kind == KindDelete) != json.IsEmpty)
        {
            return "kind and content contradict each other";
        }

        if (!Ascii.IsValid(id) || !DocumentId.IsValid(Encoding.ASCII.GetString(id)))
        {
            return "the id inside is no document id";
        }

        if (kind == KindPut && !IsJsonObject(json))
        {
            return "the content is no JSON object";
        }

        plaintext = new SealedPlaintext(origin, Encoding.ASCII.GetString(id), kind == KindPut ? Utf8.GetString(json) : null);
        return null;
    }

    private static bool TryTake(ref ReadOnlySpan<byte> bytes, int lengthOctets, out ReadOnlySpan<byte> field)
    {
        field = default;
        if (bytes.Length < lengthOctets)
        {
            return false;
        }

        var length = lengthOctets == 2 ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt32BigEndian(bytes);
        bytes = bytes[lengthOctets..];
        if (length > (uint)bytes.Length)
        {
            return false;
        }

        field = bytes[..(int)length];
        bytes = bytes[(int)length..];
        return true;
    }

    private static bool IsJsonObject(ReadOnlySpan<byte> utf8)
    {
        try
        {
            var reader = new Utf8JsonReader(utf8);
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read() && System.Text.Unicode.Utf8.IsValid(utf8);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
