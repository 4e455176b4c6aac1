using System.Buffers;
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
    /// <summary>The most that can be reserved at once: several go into a segment.</summary>
    internal const int RunOctets = 128 * 1024;

    private const int SegmentOctets = 512 * 1024;
    private const int TagOctets = 16;
    private const int RecordOctets = SegmentOctets + TagOctets;

    // Segments come out of the common pool, wiped: memory of its own would have to be made and cleared for each message.
    private readonly List<byte[]> _inMemory = [];
    private readonly string? _folder;
    private readonly int _memorySegments;
    private readonly byte[] _tag = new byte[TagOctets];
    private byte[]? _last;

    // A segment as it stands in the file.
    private byte[]? _sealed;
    private SecretBytes? _key;
    private AesGcm? _gcm;
    private FileStream? _file;
    private int _lastLength;

    // Up to where the last segment may have been written.
    private int _lastTouched;
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
            var place = Reserve(Math.Min(plain.Length, RunOctets)).Span;
            var taken = plain[..Math.Min(plain.Length, place.Length)];
            taken.CopyTo(place);
            Advance(taken.Length);
            plain = plain[taken.Length..];
        }
    }

    /// <summary>
    /// Where the next octets may be written, at most as many as asked for and at least one. What was written there stays where it is at least
    /// until the place after the next one is reserved.
    /// </summary>
    internal Memory<byte> Reserve(int octets)
    {
        if (_lastLength == SegmentOctets)
        {
            PutAway();
        }

        _last ??= ArrayPool<byte>.Shared.Rent(SegmentOctets);
        var place = _last.AsMemory(_lastLength, Math.Min(Math.Min(octets, RunOctets), SegmentOctets - _lastLength));
        _lastTouched = Math.Max(_lastTouched, _lastLength + place.Length);
        return place;
    }

    /// <summary>So many octets of the place reserved last are written.</summary>
    internal void Advance(int octets) => _lastLength += octets;

    /// <summary>Forgets what did not verify, or was of another message.</summary>
    internal void Clear()
    {
        _inMemory.ForEach(segment => GiveBack(segment, SegmentOctets));
        _inMemory.Clear();
        GiveBack(_last, _lastTouched);
        GiveBack(_sealed, 0);
        _gcm?.Dispose();
        _key?.Dispose();
        (_last, _sealed, _gcm, _key, _lastLength, _lastTouched, _inFile, _isComplete) = (null, null, null, null, 0, 0, 0, false);
    }

    /// <summary>All of it is verified and may be read.</summary>
    internal void Complete() => _isComplete = true;

    private static byte[] Nonce(long segment)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce.AsSpan(4), segment);
        return nonce;
    }

    private static void GiveBack(byte[]? segment, int touched)
    {
        if (segment is not null)
        {
            CryptographicOperations.ZeroMemory(segment.AsSpan(0, touched));
            ArrayPool<byte>.Shared.Return(segment);
        }
    }

    private void PutAway()
    {
        _lastLength = 0;
        if (_inMemory.Count < _memorySegments)
        {
            _inMemory.Add(_last!);
            (_last, _lastTouched) = (null, 0);
            return;
        }

        // A key for each message: the numbers of segments, which are the nonces, begin anew with each.
        _key ??= SecretBytes.Random(32);
        _gcm ??= new AesGcm(_key.Span, TagOctets);
        _file ??= OpenFile(_folder!);
        _sealed ??= ArrayPool<byte>.Shared.Rent(SegmentOctets);
        var record = _sealed.AsMemory(0, SegmentOctets);
        _gcm.Encrypt(Nonce(_inFile), _last.AsSpan(0, SegmentOctets), record.Span, _tag);
        RandomAccess.Write(_file.SafeFileHandle, [record, _tag], _inFile * RecordOctets);
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

    // The segment's octets; those of the file go through the buffer, which is made when there is need of one.
    private ReadOnlySpan<byte> Segment(long number, ref byte[]? buffer)
    {
        if (number < _inMemory.Count)
        {
            return _inMemory[(int)number].AsSpan(0, SegmentOctets);
        }

        number -= _inMemory.Count;
        if (number == _inFile)
        {
            return _last.AsSpan(0, _lastLength);
        }

        var record = _sealed.AsMemory(0, SegmentOctets);
        if (RandomAccess.Read(_file!.SafeFileHandle, [record, _tag], number * RecordOctets) < RecordOctets)
        {
            throw new IOException("The spool file is shorter than it was.");
        }

        buffer ??= ArrayPool<byte>.Shared.Rent(SegmentOctets);
        var plain = buffer.AsSpan(0, SegmentOctets);
        _gcm!.Decrypt(Nonce(number), record.Span, _tag, plain);
        return plain;
    }

    private sealed class Reader(PlaintextSpool spool) : ReadStream
    {
        // The segment of the file that was opened last.
        private byte[]? _opened;
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
            var rest = Rest();
            var taken = Math.Min(buffer.Length, rest.Length);
            rest[..taken].CopyTo(buffer);
            _position += taken;
            return taken;
        }

        // As it stands there, without a buffer between.
        public override void CopyTo(Stream destination, int bufferSize)
        {
            ValidateCopyToArguments(destination, bufferSize);
            while (Rest() is { IsEmpty: false } rest)
            {
                destination.Write(rest);
                _position += rest.Length;
            }
        }

        protected override void Dispose(bool disposing)
        {
            GiveBack(_opened, SegmentOctets);
            _opened = null;
            base.Dispose(disposing);
        }

        // What is left of the segment at the position; empty at the end.
        private ReadOnlySpan<byte> Rest()
        {
            ObjectDisposedException.ThrowIf(!spool._isComplete, spool);
            if (_position >= spool.Length)
            {
                return [];
            }

            var (number, offset) = (_position / SegmentOctets, (int)(_position % SegmentOctets));
            var segment = number == _segment ? _opened.AsSpan(0, SegmentOctets) : spool.Segment(number, ref _opened);
            _segment = number >= spool._inMemory.Count && number - spool._inMemory.Count < spool._inFile ? number : -1;
            return segment[offset..];
        }
    }
}
