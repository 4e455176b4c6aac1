using System.Security.Cryptography;
using Bitmask.OpenPgp.Symmetric;

namespace Bitmask.OpenPgp.Secret.Decrypt;

/// <summary>
/// Decrypts integrity protected data of version 2 (RFC 9580 §5.13.2), chunk by chunk: none comes out before its tag holds. That it is all of the
/// data only the tag at the end proves.
/// </summary>
internal sealed class AeadReader(Stream body, AeadChunks chunks) : ProtectedStream
{
    private const int Tag = AeadCipher.TagOctets;

    // A chunk and its tag, and the octets of the tag at the end, which show that there is no other chunk.
    private readonly byte[] _buffer = new byte[chunks.ChunkOctets + (2 * Tag)];
    private int _length;
    private int _at;
    private int _end;
    private int _next;
    private bool _hasEnded;
    private bool _isIntact = true;

    protected override bool IsIntact => _hasEnded && _isIntact;

    public override int Read(Span<byte> buffer)
    {
        while (_at == _end && !_hasEnded)
        {
            Fill();
        }

        var taken = Math.Min(buffer.Length, _end - _at);
        _buffer.AsSpan(_at, taken).CopyTo(buffer);
        _at += taken;
        return taken;
    }

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_buffer);
        chunks.Dispose();
        base.Dispose(disposing);
    }

    private void Fill()
    {
        _buffer.AsSpan(_next, _length - _next).CopyTo(_buffer);
        _length -= _next;
        var wanted = _buffer.Length - _length;
        _length += body.ReadAtLeast(_buffer.AsSpan(_length), wanted, throwOnEndOfStream: false);
        _hasEnded = _length < _buffer.Length;
        // In the middle a chunk and its tag are used up; at the end what there is, but for the tag of the end.
        var octets = (_hasEnded ? _length : _buffer.Length) - (2 * Tag);
        (_at, _end, _next) = (0, 0, octets + Tag);
        if (octets >= 0)
        {
            _isIntact &= chunks.TryOpen(_buffer.AsSpan(0, octets), _buffer.AsSpan(octets, Tag));
            _end = _isIntact ? octets : 0;
        }

        if (_hasEnded)
        {
            // All chunks were whole ones: only the tag of the end is left.
            _isIntact &= octets >= -Tag && (octets >= 0 || octets == -Tag) && chunks.TryOpenEnd(_buffer.AsSpan(_length - Tag, Tag));
        }

        _hasEnded |= !_isIntact;
    }
}
