using System.Buffers;
using System.Security.Cryptography;

namespace Bitmask.Soledad;

/// <summary>Encrypts a stream into the chunks of a blob, with bounded memory; the size need not be known before the end.</summary>
internal sealed class BlobSealer(string name, byte[] key, string ns) : IDisposable
{
    private readonly BlobCipher _cipher = SealedBlob.Cipher(key, name, ns);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _content = ArrayPool<byte>.Shared.Rent(SealedBlob.ChunkOctets);
    private readonly byte[] _ahead = ArrayPool<byte>.Shared.Rent(SealedBlob.ChunkOctets);
    private bool _isDisposed;
    private int _filled;
    private int _aheadFilled = -1;
    private long _chunk;
    private long _padded = -1;

    /// <summary>Octets of content so far; all of it after the last chunk.</summary>
    public long Size { get; private set; }

    /// <summary>True after the last chunk.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Encrypts the next chunk into <paramref name="stored"/>; answers its octets.</summary>
    public async ValueTask<int> NextAsync(Stream input, Memory<byte> stored, CancellationToken cancellationToken)
    {
        if (_padded < 0)
        {
            await ReadAsync(input, cancellationToken).ConfigureAwait(false);
        }

        var octets = _padded < 0 ? SealedBlob.ChunkOctets : (int)Math.Min(SealedBlob.ChunkOctets, _padded - (_chunk * SealedBlob.ChunkOctets));
        _content.AsSpan(_filled, octets - _filled).Clear();
        IsDone = _padded >= 0 && (_chunk * SealedBlob.ChunkOctets) + octets == _padded;
        _cipher.Seal(_chunk++, IsDone, _content.AsSpan(0, octets), stored.Span);
        _filled = 0;
        return octets + SealedBlob.TagOctets;
    }

    public BlobRef Finish() => new(name, key, Size, _hash.GetHashAndReset());

    public void Dispose()
    {
        if (_isDisposed)
        {
            return; // the buffers are somebody else's by now
        }

        _isDisposed = true;
        _cipher.Dispose();
        _hash.Dispose();
        foreach (var buffer in (byte[][])[_content, _ahead])
        {
            CryptographicOperations.ZeroMemory(buffer);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Fills the chunk, and looks one chunk ahead: whether a chunk is the last is part of its nonce.</summary>
    private async ValueTask ReadAsync(Stream input, CancellationToken cancellationToken)
    {
        if (_aheadFilled < 0)
        {
            _aheadFilled = await FillAsync(input, _ahead.AsMemory(0, SealedBlob.ChunkOctets), cancellationToken).ConfigureAwait(false);
        }

        _ahead.AsSpan(0, _aheadFilled).CopyTo(_content);
        _filled = _aheadFilled;
        _aheadFilled = _filled < SealedBlob.ChunkOctets ? 0 : await FillAsync(input, _ahead.AsMemory(0, SealedBlob.ChunkOctets), cancellationToken).ConfigureAwait(false);
        Size += _filled;
        _hash.AppendData(_content, 0, _filled);
        if (_aheadFilled == 0)
        {
            _padded = SealedPadding.PaddedLength(Size);
        }
    }

    private static async ValueTask<int> FillAsync(Stream input, Memory<byte> buffer, CancellationToken cancellationToken)
        => await input.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
}
