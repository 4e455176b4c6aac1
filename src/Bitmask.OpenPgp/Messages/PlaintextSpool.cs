using System.Buffers.Binary;
using System.Security.Cryptography;
using Bitmask.OpenPgp.Packets;
using Bitmask.Primitives;

namespace Bitmask.OpenPgp;

/// <summary>
/// Where the plaintext of a message waits until all of it is verified: in memory at first; what is more goes into a file without name, sealed
/// under a key that is only here, so that nothing readable touches the disk. Wiped on dispose.
/// </summary>
public sealed class PlaintextSpool : IDisposable
{
    private const int SegmentOctets = 64 * 1024;
    private const int TagOctets = 16;

    private readonly List<byte[]> _inMemory = [];
    private readonly string? _folder;
    private readonly int _memorySegments;
    private readonly byte[] _last = new byte[SegmentOctets];

    // A segment as it stands in the file.
    private byte[]? _record;
    private SecretBytes? _key;
    private AesGcm? _gcm;
    private FileStream? _file;
    private int _lastLength;
    private long _inFile;
    private bool _isComplete;

    /// <summary>Makes an empty one, for one message at a time.</summary>
    /// <param name="folder">Where the file may stand; null = everything stays in memory.</param>
    /// <param name="memoryOctets">How much stays in memory; default 4 MiB.</param>
    public PlaintextSpool(string? folder = null, int memoryOctets = 4 * 1024 * 1024)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(memoryOctets);
        (_folder, _memorySegments) = (folder, folder is null ? int.MaxValue : memoryOctets / SegmentOctets);
    }

    /// <summary>How long the plaintext is.</summary>
    public long Length => ((_inMemory.Count + _inFile) * SegmentOctets) + _lastLength;

    /// <summary>Whether a part of it stands in a file.</summary>
    public bool IsOnDisk => _inFile > 0;

    /// <summary>The plaintext from its beginning, as often as wanted, until the next message or dispose.</summary>
    /// <exception cref="InvalidOperationException">No message has been verified into it.</exception>
    public Stream OpenRead() => _isComplete ? new Reader(this) : throw new InvalidOperationException("There is no verified plaintext.");

    /// <summary>The plaintext as a whole; the caller wipes it when it must be.</summary>
    /// <exception cref="InvalidOperationException">No message has been verified into it, or it is too long for an array.</exception>
    public byte[] ToArray()
    {
        if (Length > Array.MaxLength)
        {
            throw new InvalidOperationException("The plaintext is too long for an array.");
        }

        var whole = new byte[Length];
        using var reader = OpenRead();
        reader.ReadExactly(whole);
        return whole;
    }

    /// <summary>Wipes everything.</summary>
    public void Dispose()
    {
        Clear();
        _gcm?.Dispose();
        _key?.Dispose();
        _file?.Dispose();
        (_gcm, _key, _file) = (null, null, null);
    }

    internal void Write(ReadOnlySpan<byte> plain)
    {
        while (!plain.IsEmpty)
        {
            if (_lastLength == SegmentOctets)
            {
                PutAway();
            }

            var taken = plain[..Math.Min(plain.Length, SegmentOctets - _lastLength)];
            taken.CopyTo(_last.AsSpan(_lastLength));
            _lastLength += taken.Length;
            plain = plain[taken.Length..];
        }
    }

    /// <summary>Forgets what did not verify, or was of another message.</summary>
    internal void Clear()
    {
        _inMemory.ForEach(segment => CryptographicOperations.ZeroMemory(segment));
        _inMemory.Clear();
        CryptographicOperations.ZeroMemory(_last);
        _gcm?.Dispose();
        _key?.Dispose();
        (_gcm, _key, _lastLength, _inFile, _isComplete) = (null, null, 0, 0, false);
    }

    /// <summary>All of it is verified and may be read.</summary>
    internal void Complete() => _isComplete = true;

    private static byte[] Nonce(long segment)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), segment);
        return nonce;
    }

    private void PutAway()
    {
        _lastLength = 0;
        if (_inMemory.Count < _memorySegments)
        {
            _inMemory.Add(_last.ToArray());
            return;
        }

        // A key for each message: the numbers of segments, which are the nonces, begin anew with each.
        _key ??= SecretBytes.Random(32);
        _gcm ??= new AesGcm(_key.Span, TagOctets);
        _file ??= OpenFile(_folder!);
        var record = _record ??= new byte[SegmentOctets + TagOctets];
        _gcm.Encrypt(Nonce(_inFile), _last, record.AsSpan(0, SegmentOctets), record.AsSpan(SegmentOctets));
        RandomAccess.Write(_file.SafeFileHandle, record, _inFile * record.Length);
        _inFile++;
    }

    private static FileStream OpenFile(string folder)
    {
        var path = Path.Combine(folder, "spool-" + Guid.NewGuid().ToString("n"));
        var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        // Open without a name: a program that dies leaves nothing behind.
        File.Delete(path);
        return file;
    }

    // The segment's octets; those of the file go through the buffer.
    private ReadOnlySpan<byte> Segment(long number, byte[] buffer)
    {
        if (number < _inMemory.Count)
        {
            return _inMemory[(int)number];
        }

        number -= _inMemory.Count;
        if (number == _inFile)
        {
            return _last.AsSpan(0, _lastLength);
        }

        var record = _record!;
        var read = RandomAccess.Read(_file!.SafeFileHandle, record, number * record.Length);
        if (read < record.Length)
        {
            throw new IOException("The spool file is shorter than it was.");
        }

        _gcm!.Decrypt(Nonce(number), record.AsSpan(0, SegmentOctets), record.AsSpan(SegmentOctets), buffer);
        return buffer;
    }

    private sealed class Reader(PlaintextSpool spool) : ReadStream
    {
        private readonly byte[] _buffer = new byte[SegmentOctets];
        private long _position;
        private long _segment = -1;

        public override long Length => spool.Length;

        public override long Position
        {
            get => _position;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            ObjectDisposedException.ThrowIf(!spool._isComplete, spool);

            var (number, offset) = (_position / SegmentOctets, (int)(_position % SegmentOctets));
            if (_position >= spool.Length)
            {
                return 0;
            }

            var segment = number == _segment ? _buffer : spool.Segment(number, _buffer);
            _segment = number >= spool._inMemory.Count && number - spool._inMemory.Count < spool._inFile ? number : -1;
            var taken = Math.Min(buffer.Length, segment.Length - offset);
            segment.Slice(offset, taken).CopyTo(buffer);
            _position += taken;
            return taken;
        }

        protected override void Dispose(bool disposing)
        {
            CryptographicOperations.ZeroMemory(_buffer);
            base.Dispose(disposing);
        }
    }
}
