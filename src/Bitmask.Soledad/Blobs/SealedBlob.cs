using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bitmask.Soledad;

/// <summary>
/// The stored form of a blob, method 5 (security.md A5): <c>13 37 | 01 | 05 | u32be chunk octets</c>, then chunks of 64 KiB of the padded content, each
/// AES-256-GCM with its tag behind it. Nonce = chunk number as u64be ‖ 1 for the last chunk ‖ 000000; associated are header, name (16 octets) and
/// namespace. So a chunk opens at its own place in its own blob and nowhere else, and a blob that was cut has no last chunk.
/// </summary>
public static class SealedBlob
{
    /// <summary>Octets of the header.</summary>
    public const int HeaderOctets = 8;

    /// <summary>Content octets in a chunk; the last may have fewer.</summary>
    public const int ChunkOctets = 64 * 1024;

    /// <summary>Octets of the tag behind each chunk.</summary>
    public const int TagOctets = 16;

    /// <summary>Octets of a stored chunk but the last.</summary>
    public const int StoredChunkOctets = ChunkOctets + TagOctets;

    /// <summary>Largest content: 16 TiB. A bound for arithmetic; quotas end earlier.</summary>
    public const long MaxSize = 1L << 44;

    private const byte Method = 5;
    private const int NonceOctets = 12;
    private const int NameOctets = 16;

    /// <summary>The header, the same for every blob of this method.</summary>
    public static ReadOnlySpan<byte> Header => [0x13, 0x37, 1, Method, 0, 1, 0, 0];

    /// <summary>Whether stored octets begin as a blob of this method.</summary>
    public static bool HasHeader(ReadOnlySpan<byte> stored) => stored.StartsWith(Header);

    /// <summary>How many chunks a content of this size has.</summary>
    public static long ChunkCount(long size) => (SealedPadding.PaddedLength(size) + ChunkOctets - 1) / ChunkOctets;

    /// <summary>How many octets are stored for a content of this size.</summary>
    public static long StoredSize(long size) => HeaderOctets + SealedPadding.PaddedLength(size) + (ChunkCount(size) * TagOctets);

    /// <summary>Where a chunk begins in the stored form.</summary>
    public static long ChunkStart(long chunk) => HeaderOctets + (chunk * StoredChunkOctets);

    /// <summary>Stored octets of a chunk, its tag included.</summary>
    public static int ChunkLength(long size, long chunk)
        => (int)Math.Min(StoredChunkOctets, StoredSize(size) - ChunkStart(chunk));

    /// <summary>Binds the chunks of one blob: key, name and namespace.</summary>
    /// <param name="key">The blob's own key of 32 octets; it never encrypts a second content.</param>
    /// <param name="name">32 hex digits.</param>
    /// <param name="ns">The namespace; empty for the default.</param>
    internal static BlobCipher Cipher(ReadOnlySpan<byte> key, string name, string ns) => new(key, Associated(name, ns));

    internal static void WriteNonce(Span<byte> nonce, long chunk, bool isLast)
    {
        nonce[..NonceOctets].Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce, chunk);
        nonce[8] = isLast ? (byte)1 : (byte)0;
    }

    private static byte[] Associated(string name, string ns)
    {
        var octets = new byte[HeaderOctets + NameOctets + ns.Length];
        Header.CopyTo(octets);
        Convert.FromHexString(name).CopyTo(octets, HeaderOctets);
        Encoding.ASCII.GetBytes(ns, octets.AsSpan(HeaderOctets + NameOctets));
        return octets;
    }
}

/// <summary>Encrypts and decrypts single chunks of one blob; one thread at a time.</summary>
internal sealed class BlobCipher(ReadOnlySpan<byte> key, byte[] associated) : IDisposable
{
    private const int NonceOctets = 12;
    private readonly AesGcm _aes = new(key, SealedBlob.TagOctets);

    /// <summary>Encrypts a padded chunk; the result has the tag behind it.</summary>
    public void Seal(long chunk, bool isLast, ReadOnlySpan<byte> content, Span<byte> stored)
    {
        Span<byte> nonce = stackalloc byte[NonceOctets];
        SealedBlob.WriteNonce(nonce, chunk, isLast);
        _aes.Encrypt(nonce, content, stored[..content.Length], stored.Slice(content.Length, SealedBlob.TagOctets), associated);
    }

    /// <summary>Decrypts a stored chunk; false, and nothing written that counts, when it is not authentic here.</summary>
    public bool TryOpen(long chunk, bool isLast, ReadOnlySpan<byte> stored, Span<byte> content)
    {
        if (stored.Length < SealedBlob.TagOctets)
        {
            return false;
        }

        Span<byte> nonce = stackalloc byte[NonceOctets];
        SealedBlob.WriteNonce(nonce, chunk, isLast);
        var octets = stored.Length - SealedBlob.TagOctets;
        try
        {
            _aes.Decrypt(nonce, stored[..octets], stored[octets..], content[..octets], associated);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false; // the platform has cleared what it had decrypted
        }
    }

    public void Dispose() => _aes.Dispose();
}
