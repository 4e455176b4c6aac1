using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Encrypt;

/// <summary>Encrypts packets as integrity protected data of version 2 (RFC 9580 §5.13.2): chunk by chunk, each with a tag, and one at the end.</summary>
internal sealed class AeadWriter : WriteStream
{
    public const int Version = 2;

    // 2^(10 + 6) octets; every reader must take up to 4 MiB.
    private const byte ChunkSize = 10;

    private readonly PacketBodyWriter _body;
    private readonly AeadChunks _chunks;
    private readonly byte[] _chunk;
    private int _length;

    public AeadWriter(Stream output, Cipher cipher, AeadAlgorithm algorithm, ReadOnlySpan<byte> sessionKey)
    {
        _body = new PacketBodyWriter(output, PacketTag.IntegrityProtected);
        Span<byte> salt = stackalloc byte[AeadChunks.SaltOctets];
        RandomNumberGenerator.Fill(salt);
        _chunks = new AeadChunks(cipher, algorithm, ChunkSize, salt, sessionKey);
        _chunk = new byte[_chunks.ChunkOctets + AeadCipher.TagOctets];
        _body.Write([Version, (byte)cipher, (byte)algorithm, ChunkSize, .. salt]);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (_length == _chunks.ChunkOctets)
            {
                Seal();
            }

            var taken = buffer[..Math.Min(buffer.Length, _chunks.ChunkOctets - _length)];
            taken.CopyTo(_chunk.AsSpan(_length));
            _length += taken.Length;
            buffer = buffer[taken.Length..];
        }
    }

    public override void Complete()
    {
        Seal();
        Span<byte> tag = stackalloc byte[AeadCipher.TagOctets];
        _chunks.SealEnd(tag);
        _body.Write(tag);
        _body.Complete();
    }

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_chunk);
        _chunks.Dispose();
        _body.Dispose();
        base.Dispose(disposing);
    }

    private void Seal()
    {
        var chunk = _chunk.AsSpan(0, _length);
        var tag = _chunk.AsSpan(_length, AeadCipher.TagOctets);
        _chunks.Seal(chunk, tag);
        _body.Write(_chunk.AsSpan(0, _length + tag.Length));
        _length = 0;
    }
}
