using System.Buffers;
using System.Security.Cryptography;

namespace Bitmask.Soledad;

/// <summary>
/// The content of a blob, from any place on. Only the chunks that are read are fetched and decrypted, and no octet of a chunk is handed on before the
/// whole chunk has proved authentic at its place. Reading on and on fetches more at a time, up to a MiB.
/// </summary>
internal sealed class BlobStream : Stream
{
    /// <summary>Just under a MiB with the tags: the pool's buffers are powers of two.</summary>
    private const int MaxAhead = 15;

    private readonly BlobStore _store;
    private readonly BlobRef _ref;
    private readonly bool _mayFetch;
    private readonly BlobCipher _cipher;
    private readonly byte[] _content = ArrayPool<byte>.Shared.Rent(SealedBlob.ChunkOctets);
    private readonly long _chunks;
    private BlobRow? _row;
    private long _opened = -1;
    private byte[] _ahead = [];
    private long _aheadFirst;
    private int _aheadOctets;
    private int _window = 1;
    private long _position;
    private bool _isFetched;
    private bool _isOpening;
    private bool _isDisposed;

    public BlobStream(BlobStore store, BlobRef blob, long offset, bool mayFetch)
    {
        (_store, _ref, _position, _mayFetch) = (store, blob, offset, mayFetch);
        _chunks = SealedBlob.ChunkCount(blob.Size);
        _cipher = SealedBlob.Cipher(blob.Key, blob.Name, "");
    }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => _ref.Size;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (_position >= Length || buffer.IsEmpty)
        {
            return 0;
        }

        var chunk = _position / SealedBlob.ChunkOctets;
        if (chunk != _opened)
        {
            _isOpening = true;
            try
            {
                await OpenAsync(chunk, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _isOpening = false;
            }
        }

        var at = (int)(_position % SealedBlob.ChunkOctets);
        var octets = (int)Math.Min(Math.Min(buffer.Length, SealedBlob.ChunkOctets - at), Length - _position);
        _content.AsMemory(at, octets).CopyTo(buffer);
        _position += octets;
        return octets;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <exception cref="NotSupportedException">It may have to fetch.</exception>
    public override int Read(byte[] buffer, int offset, int count)
        => _mayFetch ? throw new NotSupportedException("A blob is read asynchronously.") : ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult(); // never waits

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => Length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isDisposed)
        {
            _isDisposed = true;
            _cipher.Dispose();
            CryptographicOperations.ZeroMemory(_content);
            if (!_isOpening)
            {
                ArrayPool<byte>.Shared.Return(_content);
                ReturnAhead();
            } // else a read that nobody waits for any more still writes to them: they are the collector's
        }

        base.Dispose(disposing);
    }

    private async Task OpenAsync(long chunk, CancellationToken cancellationToken)
    {
        _window = _opened >= 0 && chunk == _opened + 1 ? Math.Min(_window * 2, MaxAhead) : 1;
        _opened = -1;
        _row ??= _mayFetch ? await _store.RowOfAsync(_ref, cancellationToken).ConfigureAwait(false) : _store.Find(_ref.Name) ?? throw NotHere();
        if (_row.Size != SealedBlob.StoredSize(_ref.Size))
        {
            throw Damaged(chunk); // another reference gave another size: one of them is wrong
        }

        _store.Touch(_row);

        // What is here may be damaged, then it is fetched; what was fetched may be, then once more.
        for (var attempt = 0; attempt < 3; attempt++)
        {
            var stored = await TakeAsync(chunk, cancellationToken).ConfigureAwait(false);
            if (stored.Length == _row.ChunkLength(chunk) && _cipher.TryOpen(chunk, chunk == _chunks - 1, stored.Span, _content) && IsPaddedByZeros(chunk, stored.Length - SealedBlob.TagOctets))
            {
                _opened = chunk;
                return;
            }

            CryptographicOperations.ZeroMemory(_content);
            _aheadOctets = 0;
            if (!_mayFetch)
            {
                break; // the next reader that can wait has it fetched again
            }

            _store.Tell(SoledadCodes.BlobDamaged, $"Part {chunk + 1} of a blob is not authentic ({(_isFetched ? "as the provider sent it" : "as it was kept here")}); it is fetched again.", _ref.Name);
            if (!await _store.DropChunkAsync(_row, chunk, cancellationToken).ConfigureAwait(false) && !_isFetched)
            {
                break;
            }
        }

        throw Damaged(chunk);
    }

    /// <summary>The stored octets of a chunk: read ahead, from the cache, or fetched.</summary>
    private async ValueTask<ReadOnlyMemory<byte>> TakeAsync(long chunk, CancellationToken cancellationToken)
    {
        var at = (chunk - _aheadFirst) * SealedBlob.StoredChunkOctets;
        if (at < 0 || at >= _aheadOctets)
        {
            var room = MakeRoom((int)Math.Min(_window, _chunks - chunk));
            (_aheadFirst, at) = (chunk, 0);
            _aheadOctets = _store.ReadChunks(_row!, chunk, room);
            _isFetched = _aheadOctets == 0;
            if (_isFetched)
            {
                _aheadOctets = _mayFetch ? await _store.FetchAsync(_row!, chunk, room, cancellationToken).ConfigureAwait(false) : throw NotHere();
            }
        }

        return _ahead.AsMemory((int)at, (int)Math.Min(SealedBlob.StoredChunkOctets, _aheadOctets - at));
    }

    private Memory<byte> MakeRoom(int chunks)
    {
        var octets = chunks * SealedBlob.StoredChunkOctets;
        if (_ahead.Length < octets)
        {
            ReturnAhead();
            _ahead = ArrayPool<byte>.Shared.Rent(octets);
        }

        return _ahead.AsMemory(0, octets);
    }

    private void ReturnAhead()
    {
        if (_ahead.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_ahead);
            (_ahead, _aheadOctets) = ([], 0);
        }
    }

    private bool IsPaddedByZeros(long chunk, int octets)
    {
        var content = (int)Math.Clamp(_ref.Size - (chunk * SealedBlob.ChunkOctets), 0, octets);
        return !_content.AsSpan(content, octets - content).ContainsAnyExcept((byte)0);
    }

    private static SoledadException NotHere() => new(SoledadCodes.Unavailable, "This part of the blob is not here.", isTransient: true);

    private SoledadException Damaged(long chunk) => new(SoledadCodes.BlobDamaged, $"Part {chunk + 1} of blob {_ref.Name} is not authentic; nothing of it was used.");
}
