namespace Bitmask.OpenPgp.Packets;

/// <summary>
/// The text form of OpenPGP data (RFC 9580 §6), for what is held in memory as a whole. A checksum is written, because old programs look for
/// it, and never read; what must not change is signed or integrity protected inside.
/// </summary>
internal static class Armor
{
    public const string Message = "MESSAGE";
    public const string PublicKey = "PUBLIC KEY BLOCK";
    public const string PrivateKey = "PRIVATE KEY BLOCK";
    public const string Signature = "SIGNATURE";
    public const string SignedMessage = "SIGNED MESSAGE";

    /// <summary>Binary as it is; text dearmored, with <paramref name="hasMore"/> telling of a second block after the first.</summary>
    public static ReadOnlyMemory<byte> Decode(ReadOnlySpan<byte> input, out bool hasMore)
    {
        hasMore = false;
        if (input.IsEmpty)
        {
            throw new OpenPgpFormatException("There is no OpenPGP data.");
        }

        if (IsBinary(input))
        {
            return input.ToArray();
        }

        using var text = new MemoryStream(input.ToArray(), writable: false);
        var lines = new LineInput(text);
        if (!TryFind(lines, out _))
        {
            throw NeitherNor();
        }

        using var reader = new ArmorReader(lines);
        using var octets = new OctetSink(input.Length / 4 * 3);
        reader.CopyTo(octets);
        hasMore = TryFind(lines, out _);
        return octets.Written;
    }

    /// <summary>Octets as they are, out of a stream of either form.</summary>
    public static Stream Open(Stream input)
    {
        var buffered = new PeekedStream(input);
        if (buffered.Peek().IsEmpty)
        {
            throw new OpenPgpFormatException("There is no OpenPGP data.");
        }

        if (IsBinary(buffered.Peek()))
        {
            return buffered;
        }

        var lines = new LineInput(buffered);
        return TryFind(lines, out _) ? new ArmorReader(lines) : throw NeitherNor();
    }

    /// <summary>Whether data that begins so is not text. A packet begins with the uppermost bit set, and so does the mark some write before text.</summary>
    public static bool IsBinary(ReadOnlySpan<byte> input) => (input[0] & 0x80) != 0 && !input.StartsWith("\uFEFF"u8);

    /// <summary>Goes behind the first line of the next block.</summary>
    public static bool TryFind(LineInput lines, out string kind)
    {
        while (lines.TryRead(out var line))
        {
            if (lines.IsAtLineStart && ArmorReader.Title(line.StartsWith("\uFEFF"u8) ? line[3..] : line) is { } title)
            {
                kind = title;
                return true;
            }
        }

        kind = "";
        return false;
    }

    /// <summary>Writes one block.</summary>
    /// <param name="kind">What stands in the first line.</param>
    /// <param name="octets">The packets.</param>
    /// <param name="hasChecksum">Keys and signatures of version 6 must not have one (RFC 9580 §6.1).</param>
    public static byte[] Encode(string kind, ReadOnlySpan<byte> octets, bool hasChecksum = true)
    {
        using var text = new OctetSink(checked((int)ArmorWriter.MaxLength(kind, octets.Length)));
        using var writer = new ArmorWriter(text, kind, hasChecksum);
        writer.Write(octets);
        writer.Complete();
        return text.ToArray();
    }

    private static OpenPgpFormatException NeitherNor() => new("This is neither binary nor armored OpenPGP data.");
}
