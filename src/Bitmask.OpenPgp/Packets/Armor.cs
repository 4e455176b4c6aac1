using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Bitmask.OpenPgp.Packets;

/// <summary>
/// The text form of OpenPGP data (RFC 9580 §6). A checksum is written, because old programs look for it, and never read, because
/// the standard forbids to refuse data for it; what must not change is signed or integrity protected inside.
/// </summary>
internal static class Armor
{
    public const string Message = "MESSAGE";
    public const string PublicKey = "PUBLIC KEY BLOCK";
    public const string PrivateKey = "PRIVATE KEY BLOCK";
    public const string Signature = "SIGNATURE";

    private const int OctetsPerLine = 48;
    private static readonly uint[] CrcTable = MakeCrcTable();

    /// <summary>Binary as it is; text dearmored, with <paramref name="hasMore"/> telling of a second block after the first.</summary>
    public static ReadOnlyMemory<byte> Decode(ReadOnlySpan<byte> input, out bool hasMore)
    {
        hasMore = false;
        if (input.IsEmpty)
        {
            throw new OpenPgpFormatException("There is no OpenPGP data.");
        }

        return (input[0] & 0x80) != 0 && !input.StartsWith("\uFEFF"u8) ? input.ToArray() : DecodeText(input, out hasMore);
    }

    /// <summary>Writes one block.</summary>
    public static byte[] Encode(string kind, ReadOnlySpan<byte> octets)
    {
        var lines = (octets.Length + OctetsPerLine - 1) / OctetsPerLine;
        var head = Encoding.ASCII.GetBytes($"-----BEGIN PGP {kind}-----\n\n");
        var foot = Encoding.ASCII.GetBytes($"\n-----END PGP {kind}-----\n");
        var text = new byte[head.Length + checked(Base64.GetMaxEncodedToUtf8Length(octets.Length) + lines) + 5 + foot.Length];
        head.CopyTo(text, 0);
        var at = head.Length;
        for (var offset = 0; offset < octets.Length; offset += OctetsPerLine)
        {
            var line = octets.Slice(offset, Math.Min(OctetsPerLine, octets.Length - offset));
            Base64.EncodeToUtf8(line, text.AsSpan(at), out _, out var written);
            at += written;
            text[at++] = (byte)'\n';
        }

        text[at++] = (byte)'=';
        var crc = Crc(octets);
        Base64.EncodeToUtf8([(byte)(crc >> 16), (byte)(crc >> 8), (byte)crc], text.AsSpan(at), out _, out _);
        foot.CopyTo(text, at + 4);
        return text;
    }

    private static ReadOnlyMemory<byte> DecodeText(ReadOnlySpan<byte> input, out bool hasMore)
    {
        var begin = input.IndexOf("-----BEGIN PGP "u8);
        if (begin < 0)
        {
            throw new OpenPgpFormatException("This is neither binary nor armored OpenPGP data.");
        }

        var rest = input[begin..];
        if (!TryTakeLine(ref rest, out var title) || !title.EndsWith("-----"u8))
        {
            throw new OpenPgpFormatException("The armor's first line is not whole.");
        }

        while (true)
        {
            if (!TryTakeLine(ref rest, out var header))
            {
                throw new OpenPgpFormatException("The armor has no body.");
            }

            if (header.IsEmpty)
            {
                break;
            }
        }

        var end = rest.IndexOf("-----END PGP "u8);
        if (end < 0)
        {
            throw new OpenPgpFormatException("The armor's last line is missing.");
        }

        hasMore = rest[end..].IndexOf("-----BEGIN PGP "u8) >= 0;
        return DecodeBody(rest[..end]);
    }

    private static ReadOnlyMemory<byte> DecodeBody(ReadOnlySpan<byte> body)
    {
        body = body.TrimEnd(" \t\r\n"u8);
        var lastLine = body.LastIndexOf((byte)'\n') + 1;
        if (body.Length - lastLine == 5 && body[lastLine] == (byte)'=')
        {
            body = body[..lastLine];
        }

        var octets = new byte[Base64.GetMaxDecodedFromUtf8Length(body.Length)];
        return Base64.DecodeFromUtf8(body, octets, out var consumed, out var written) == OperationStatus.Done && consumed == body.Length
            ? octets.AsMemory(0, written)
            : throw new OpenPgpFormatException("The armor's body is not base64.");
    }

    private static bool TryTakeLine(ref ReadOnlySpan<byte> text, out ReadOnlySpan<byte> line)
    {
        var end = text.IndexOf((byte)'\n');
        line = end < 0 ? [] : text[..end].TrimEnd(" \t\r"u8);
        text = end < 0 ? text : text[(end + 1)..];
        return end >= 0;
    }

    private static uint Crc(ReadOnlySpan<byte> octets)
    {
        var crc = 0xB704CEu;
        foreach (var octet in octets)
        {
            crc = ((crc << 8) ^ CrcTable[((crc >> 16) ^ octet) & 0xFF]) & 0xFFFFFF;
        }

        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i << 16;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x800000) != 0 ? (crc << 1) ^ 0x1864CFB : crc << 1;
            }

            table[i] = crc & 0xFFFFFF;
        }

        return table;
    }
}
