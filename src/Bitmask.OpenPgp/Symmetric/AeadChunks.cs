using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bitmask.OpenPgp.Symmetric;

/// <summary>
/// The numbering of chunks in integrity protected data of version 2 (RFC 9580 §5.13.2): which key, nonce and associated data each has, so that
/// none can be moved, and the end can not be cut off.
/// </summary>
internal sealed class AeadChunks : IDisposable
{
    public const int SaltOctets = 32;

    /// <summary>Chunks of 4 MiB; larger ones are forbidden to write, and here to read.</summary>
    public const int MaxChunkSize = 16;

    private readonly AeadCipher _aead;
    private readonly byte[] _associated;
    private readonly byte[] _nonce;
    private ulong _index;
    private ulong _total;

    public AeadChunks(Cipher cipher, AeadAlgorithm algorithm, int chunkSize, ReadOnlySpan<byte> salt, ReadOnlySpan<byte> sessionKey)
    {
        ChunkOctets = 1 << (chunkSize + 6);
        // What the octets mean, then how many they are in all; only the tag at the end covers the second.
        _associated = [0xD2, 2, (byte)cipher, (byte)algorithm, (byte)chunkSize, 0, 0, 0, 0, 0, 0, 0, 0];
        _nonce = new byte[AeadCipher.NonceOctets(algorithm)];
        var keyOctets = Ciphers.KeyOctets(cipher);
        Span<byte> derived = stackalloc byte[keyOctets + _nonce.Length - 8];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, sessionKey, derived, salt, Associated);
        derived[keyOctets..].CopyTo(_nonce);
        _aead = AeadCipher.Create(cipher, algorithm, derived[..keyOctets]);
        CryptographicOperations.ZeroMemory(derived);
    }

    /// <summary>How long every chunk but the last is.</summary>
    public int ChunkOctets { get; }

    private ReadOnlySpan<byte> Associated => _associated.AsSpan(0, 5);

    /// <summary>Encrypts the next chunk in place.</summary>
    public void Seal(Span<byte> chunk, Span<byte> tag)
    {
        _aead.Seal(NextNonce(), Associated, chunk, chunk, tag);
        _total += (ulong)chunk.Length;
    }

    /// <summary>Decrypts the next chunk in place; false when it was changed, or is not the next one.</summary>
    public bool TryOpen(Span<byte> chunk, ReadOnlySpan<byte> tag)
    {
        _total += (ulong)chunk.Length;
        return _aead.TryOpen(NextNonce(), Associated, chunk, tag, chunk);
    }

    /// <summary>Makes the tag that says how much there was.</summary>
    public void SealEnd(Span<byte> tag) => _aead.Seal(NextNonce(), AssociatedAtEnd(), [], [], tag);

    /// <summary>Whether this was all.</summary>
    public bool TryOpenEnd(ReadOnlySpan<byte> tag) => _aead.TryOpen(NextNonce(), AssociatedAtEnd(), [], tag, []);

    public void Dispose() => _aead.Dispose();

    private byte[] NextNonce()
    {
        BinaryPrimitives.WriteUInt64BigEndian(_nonce.AsSpan(_nonce.Length - 8), _index++);
        return _nonce;
    }

    private byte[] AssociatedAtEnd()
    {
        BinaryPrimitives.WriteUInt64BigEndian(_associated.AsSpan(5), _total);
        return _associated;
    }
}
