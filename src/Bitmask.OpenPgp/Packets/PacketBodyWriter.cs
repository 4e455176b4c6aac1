namespace Bitmask.OpenPgp.Packets;

/// <summary>
/// Writes one packet whose length is not known before: in pieces of <see cref="PieceOctets"/> (RFC 9580 §4.2.1.4), or, when it is no
/// longer than one, with its length.
/// </summary>
internal sealed class PacketBodyWriter(Stream output, PacketTag tag) : WriteStream
{
    private const int PieceBits = 16;
    private const int PieceOctets = 1 << PieceBits;

    // It may be plaintext on its way into the encryption.
    private readonly PooledOctets _piece = new(PieceOctets);
    private int _length;
    private bool _isBegun;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            // A full piece waits for what follows: the last one is written with its length.
            if (_length == PieceOctets)
            {
                WritePiece();
            }

            var taken = buffer[..Math.Min(buffer.Length, PieceOctets - _length)];
            taken.CopyTo(_piece.Span[_length..]);
            _length += taken.Length;
            buffer = buffer[taken.Length..];
        }
    }

    public override void Complete()
    {
        using var header = new OctetWriter(8);
        output.Write((_isBegun ? header : header.Octet(0xC0 | (int)tag)).Length(_length).Written);
        output.Write(_piece.Span[.._length]);
    }

    protected override void Dispose(bool disposing)
    {
        _piece.Dispose();
        base.Dispose(disposing);
    }

    private void WritePiece()
    {
        output.Write(_isBegun ? [(byte)(0xE0 | PieceBits)] : [(byte)(0xC0 | (int)tag), (byte)(0xE0 | PieceBits)]);
        output.Write(_piece.Span);
        (_isBegun, _length) = (true, 0);
    }
}
