using System.IO.Compression;
using System.Text;

namespace Bitmask.Mail;

/// <summary>Folded texts as they lie in the index: UTF-8, the longer ones deflated. The first octet says which.</summary>
internal static class PackedText
{
    private const byte Plain = 0;
    private const byte Deflated = 1;
    private const int MinDeflated = 1024;

    public static byte[] Pack(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        if (count < MinDeflated)
        {
            var plain = new byte[count + 1];
            plain[0] = Plain;
            Encoding.UTF8.GetBytes(text, plain.AsSpan(1));
            return plain;
        }

        using var packed = new MemoryStream((count / 2) + 16);
        packed.WriteByte(Deflated);
        packed.Write(BitConverter.GetBytes(count));
        using (var deflate = new DeflateStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            deflate.Write(Encoding.UTF8.GetBytes(text));
        }

        return packed.ToArray();
    }

    /// <summary>The UTF-8; null when the octets are not what <see cref="Pack"/> makes.</summary>
    public static ReadOnlyMemory<byte>? Unpack(byte[] packed)
    {
        if (packed is not [Deflated, ..])
        {
            return packed is [Plain, ..] ? packed.AsMemory(1) : null;
        }

        var count = packed.Length > 5 ? BitConverter.ToInt32(packed, 1) : -1;
        if (count < 0 || count > SearchTable.MaxCharacters * 3)
        {
            return null;
        }

        try
        {
            var text = new byte[count];
            using var inflate = new DeflateStream(new MemoryStream(packed, 5, packed.Length - 5), CompressionMode.Decompress);
            inflate.ReadExactly(text);
            return text;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return null;
        }
    }
}
