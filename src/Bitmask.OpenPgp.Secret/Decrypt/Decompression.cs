using System.IO.Compression;
using Org.BouncyCastle.Utilities.Bzip2;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>Takes compressed data packets apart (RFC 9580 §5.6) within limits.</summary>
internal static class Decompression
{
    // Small things may be as dense as they like.
    private const int FreeOctets = 1024 * 1024;

    public static ReadOnlyMemory<byte> Open(ReadOnlyMemory<byte> body, DecryptionLimits limits)
    {
        if (body.IsEmpty)
        {
            throw new OpenPgpFormatException("A compressed packet is empty.");
        }

        var most = Math.Min(limits.MaxPlaintextOctets, Math.Max(FreeOctets, (long)body.Length * limits.MaxCompressionRatio));
        try
        {
            using var source = new MemoryStream(body[1..].ToArray(), writable: false);
            using var opened = body.Span[0] switch
            {
                0 => (Stream)source,
                1 => new DeflateStream(source, CompressionMode.Decompress),
                2 => new ZLibStream(source, CompressionMode.Decompress),
                3 => new CBZip2InputStream(source),
                var other => throw new OpenPgpFormatException($"Compression method {other} is not supported."),
            };
            return ReadAll(opened, most);
        }
        catch (Exception e) when (e is not (OpenPgpFormatException or OutOfMemoryException))
        {
            // The reader of bzip2 answers damage with whatever it stumbles over, at its first octet already.
            throw new OpenPgpFormatException("The compressed data is damaged.", e);
        }
    }

    private static ReadOnlyMemory<byte> ReadAll(Stream opened, long most)
    {
        using var whole = new MemoryStream();
        var buffer = new byte[81920];
        while (opened.Read(buffer) is > 0 and var count)
        {
            whole.Write(buffer, 0, count);
            if (whole.Length > most)
            {
                throw new OpenPgpFormatException("The compressed data becomes larger than the limits allow.");
            }
        }

        return whole.GetBuffer().AsMemory(0, (int)whole.Length);
    }
}
